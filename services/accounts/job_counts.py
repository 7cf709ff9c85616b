"""Numbers of jobs and their GPU seconds by tenant, queue, day and state, without reading the jobs.

Triggers of the database append every change, and the sweep adds the changes up. A transaction reads its own.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple, cast

from sqlalchemy import ColumnElement, Subquery, case, delete, func, literal_column, select, union_all

from services.db.dialects import add_to
from services.db.sessions import ReadSession, WriteSession
from services.db.tables import JobCountChangeRow, JobCountRow
from shared.schemas.job import JobState
from shared.schemas.limits import QuotaPeriod

MAX_CHANGES = 10_000
_KEY = ("tenant_id", "day", "queue", "state")
_SUMS = ("num", "gpu_seconds")


def num_queued(session: ReadSession, tenant_id: str) -> int:
    """Number of the tenant's queued jobs."""
    counts = _counts()
    query = select(func.sum(counts.c.num)).where(counts.c.tenant_id == tenant_id, counts.c.state == JobState.QUEUED)
    return int(session.scalar(query) or 0)


def queues_with_queued(session: ReadSession, tenant_id: str) -> list[str]:
    """The queues in which the tenant has queued jobs."""
    counts = _counts()
    there = (counts.c.tenant_id == tenant_id, counts.c.state == JobState.QUEUED)
    query = select(counts.c.queue).where(*there).group_by(counts.c.queue).having(func.sum(counts.c.num) > 0)
    return sorted(session.scalars(query))


def queued_by_tenant(queue: str) -> Subquery:
    """`tenant_id` and `num` of each tenant with queued jobs in a queue, for use in a statement."""
    counts = _counts()
    num = func.sum(counts.c.num)
    there = (counts.c.queue == queue, counts.c.state == literal_column("'queued'"))
    query = select(counts.c.tenant_id, num.label("num")).where(*there).group_by(counts.c.tenant_id).having(num > 0)
    return query.subquery()


def unfinished(session: ReadSession) -> dict[tuple[str, str], int]:
    """Number of jobs that have not ended, by (queue, state)."""
    counts = _counts()
    num = func.sum(counts.c.num)
    live = (JobState.QUEUED, JobState.RUNNING, JobState.CANCELING)
    query = select(counts.c.queue, counts.c.state, num).where(counts.c.state.in_(live))
    return {
        (queue, state): int(n) for queue, state, n in session.rows(query.group_by("queue", "state").having(num > 0))
    }


def gpu_seconds(session: ReadSession, tenant_id: str, since: date) -> float:
    """GPU seconds of the tenant's jobs that were created on this day or later."""
    counts = _counts()
    made = (counts.c.tenant_id == tenant_id, counts.c.day >= since.isoformat())
    return _positive(session.scalar(select(func.sum(counts.c.gpu_seconds)).where(*made)))


class PeriodCounts(NamedTuple):
    """The jobs of one kind that a tenant created in one period, which begins on the day `period`."""

    period: str
    kind: str
    num: int
    succeeded: int
    failed: int
    canceled: int
    gpu_seconds: float


def by_period(session: ReadSession, tenant_id: str, since: date, until: date, per: QuotaPeriod) -> list[PeriodCounts]:
    """The jobs by period of creation and kind, in this order. `since` is inclusive, `until` exclusive."""
    counts = _counts()
    period = (counts.c.day if per == "day" else func.substr(counts.c.day, 1, 8).concat("01")).label("period")
    made = (counts.c.tenant_id == tenant_id, counts.c.day >= since.isoformat(), counts.c.day < until.isoformat())
    num, seconds = func.sum(counts.c.num), func.sum(counts.c.gpu_seconds)
    ended = (_num(counts, state) for state in (JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELED))
    query = select(period, counts.c.kind, num, *ended, seconds).where(*made).group_by(period, counts.c.kind)
    rows = session.rows(query.having(num > 0).order_by(period, counts.c.kind.desc()))
    found = (cast(Sequence[Any], row) for row in rows)
    return [PeriodCounts(row[0], row[1], *map(int, row[2:6]), gpu_seconds=_positive(row[6])) for row in found]


def add_up(session: WriteSession, limit: int = MAX_CHANGES) -> bool:
    """Add up to `limit` changes to the counts; returns whether there may be more. Several sweeps may do it at once."""
    oldest = select(JobCountChangeRow.id).order_by(JobCountChangeRow.id).limit(limit)
    taken = delete(JobCountChangeRow).where(JobCountChangeRow.id.in_(oldest)).returning(JobCountChangeRow)
    changes = session.returning(taken)
    sums: defaultdict[tuple[str, ...], list[float]] = defaultdict(lambda: [0, 0.0])
    kinds: dict[tuple[str, ...], str] = {}
    for change in changes:
        key = tuple(getattr(change, name) for name in _KEY)
        kinds[key] = change.kind
        sums[key][0] += change.num
        sums[key][1] += change.gpu_seconds
    rows: list[dict[str, Any]] = [
        dict(zip((*_KEY, *_SUMS), (*key, *sums[key]), strict=True)) | {"kind": kinds[key]} for key in sorted(sums)
    ]
    if rows:
        add_to(session, JobCountRow, rows, _KEY, _SUMS)
        tenants = {row["tenant_id"] for row in rows}
        session.execute(delete(JobCountRow).where(JobCountRow.tenant_id.in_(tenants), JobCountRow.num == 0))
    return len(changes) == limit


def _counts() -> Subquery:
    tables = (JobCountRow.__table__, JobCountChangeRow.__table__)
    return union_all(*(select(*(table.c[name] for name in (*_KEY, "kind", *_SUMS))) for table in tables)).subquery()


def _num(counts: Subquery, state: JobState) -> ColumnElement[int]:
    return func.sum(case((counts.c.state == state, counts.c.num), else_=0))


def _positive(seconds: float | None) -> float:
    """A sum without what floating-point differences leave."""
    return max(0.0, round(float(seconds or 0), 6))
