"""Log lines and metric points of a job's attempts."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import insert, select

from services.db.sessions import ReadSession, WriteSession
from services.db.tables import JobLogRow, JobPointRow
from services.jobs.state import repository
from shared.schemas.logs import LogLevel, MetricPoint


class LogEntry(NamedTuple):
    """One log line of an attempt."""

    at: datetime
    level: LogLevel
    message: str


class MetricSample(NamedTuple):
    """Metrics of one step. `loss` is set for trainings; times are in seconds, memory in bytes."""

    at: datetime
    phase: str
    step: int
    loss: float | None
    seconds_per_step: float | None
    memory_bytes: int


def write(
    session: WriteSession,
    job_id: str,
    attempt: int,
    lines: Sequence[LogEntry] = (),
    points: Sequence[MetricSample] = (),
) -> None:
    """Append log lines and metric points of an attempt."""
    _append(session, JobLogRow, job_id, attempt, lines)
    _append(session, JobPointRow, job_id, attempt, points)


def lines(session: ReadSession, tenant_id: str, job_id: str, after_id: int, limit: int) -> Sequence[JobLogRow]:
    """A job's log lines after the line `after_id`, oldest first. Raises NotFound."""
    repository.get(session, tenant_id, job_id)
    query = select(JobLogRow).where(JobLogRow.job_id == job_id, JobLogRow.id > after_id)
    return session.scalars(query.order_by(JobLogRow.id).limit(limit))


def last_lines(session: ReadSession, job_id: str, number: int) -> list[str]:
    """The last `number` log messages of a job, oldest first."""
    query = select(JobLogRow.message).where(JobLogRow.job_id == job_id).order_by(JobLogRow.id.desc())
    return list(reversed(session.scalars(query.limit(number))))


def points(session: ReadSession, tenant_id: str, job_id: str, attempt: int | None = None) -> list[MetricPoint]:
    """The metric points of an attempt (default: the latest one), in the order of steps. Raises NotFound."""
    job = repository.get(session, tenant_id, job_id)
    here = (JobPointRow.job_id == job_id, JobPointRow.attempt == (job.attempt if attempt is None else attempt))
    rows = session.scalars(select(JobPointRow).where(*here).order_by(JobPointRow.id))
    return [MetricPoint.model_validate({name: getattr(row, name) for name in MetricPoint.model_fields}) for row in rows]


def _append(
    session: WriteSession, table: Any, job_id: str, attempt: int, entries: Sequence[LogEntry | MetricSample]
) -> None:
    if entries:
        rows = [{"job_id": job_id, "attempt": attempt, **entry._asdict()} for entry in entries]
        session.execute(insert(table).values(rows))
