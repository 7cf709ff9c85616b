"""The SQL of jobs. Every change of a job goes through `change`: the row, its count of changes, the event, the news."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, select, update

from services.db.sessions import ReadSession, WriteSession
from services.db.tables import AttemptRow, JobRow, RefusedWriteRow
from services.jobs.scheduling import concurrency
from services.jobs.state import events
from services.jobs.state.transitions import Verb, next_state
from shared.errors import Fenced, NotFound
from shared.schemas.job import ACTIVE, JobKind, JobState, Progress


@dataclass(frozen=True, kw_only=True)
class Filter:
    """Which jobs to list; None means any."""

    kind: JobKind | None = None
    state: JobState | None = None
    concept_id: str | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None


def get(session: ReadSession, tenant_id: str, job_id: str) -> JobRow:
    """Raises NotFound."""
    job = session.get(JobRow, job_id)
    if job is None or job.tenant_id != tenant_id or job.deleted_at is not None:
        raise NotFound(f"no job {job_id}")
    return job


def list_page(
    session: ReadSession, tenant_id: str, limit: int, after: str | None = None, only: Filter | None = None
) -> Sequence[JobRow]:
    """Up to `limit` jobs, newest first, older than the job `after`."""
    only = only or Filter()
    query = select(JobRow).where(JobRow.tenant_id == tenant_id, JobRow.deleted_at.is_(None))
    wanted = {JobRow.kind: only.kind, JobRow.state: only.state, JobRow.concept_id: only.concept_id}
    for column, value in wanted.items():
        query = query if value is None else query.where(column == value)
    if only.created_after is not None:
        query = query.where(JobRow.created_at >= only.created_after)
    if only.created_before is not None:
        query = query.where(JobRow.created_at < only.created_before)
    if after is not None:
        query = query.where(JobRow.id < after)
    return session.scalars(query.order_by(JobRow.id.desc()).limit(limit))


def standings(session: ReadSession, job_ids: Collection[str]) -> Sequence[Row[str, str, int]]:
    """The id, state and `state_seq` of each of these jobs that exists, whosever they are."""
    return session.rows(select(JobRow.id, JobRow.state, JobRow.state_seq).where(JobRow.id.in_(job_ids)))


def lock(session: WriteSession, tenant_id: str, job_id: str) -> JobRow:
    """The tenant's job, held until the transaction ends. Raises NotFound."""
    job = _locked(session, job_id)
    if job is None or job.tenant_id != tenant_id:
        raise NotFound(f"no job {job_id}")
    return job


def lock_attempt(session: WriteSession, job_id: str, attempt: int, what: str, now: datetime) -> JobRow:
    """The job, held until the transaction ends, if this attempt still owns it.

    Otherwise the refused write is put on that attempt's record and Fenced is raised. Raises NotFound.
    """
    job = _locked(session, job_id)
    if job is None:
        raise NotFound(f"no job {job_id}")
    if job.attempt != attempt or job.state not in ACTIVE:
        refuse(session, job_id, attempt, what, now)
        raise Fenced(f"{job_id} is {job.state} in attempt {job.attempt}; attempt {attempt} may not {what}")
    return job


def refuse(session: WriteSession, job_id: str, attempt: int, what: str, now: datetime) -> None:
    """Write down what an attempt was not let write."""
    session.add(RefusedWriteRow(job_id=job_id, attempt=attempt, what=what, at=now))


def change(
    session: WriteSession, job: JobRow, verb: Verb, now: datetime, values: dict[str, Any] | None = None
) -> JobRow | None:
    """Move the job on; None if it changed since `job` was read. Raises IllegalTransition."""
    before = JobState(job.state)  # the row itself is brought up to date
    state = next_state(before, verb)
    values = {"state": state} | (values or {})
    if state.is_terminal:
        ends = now + timedelta(days=job.keep_days) if job.keep_days is not None else None
        values |= {"finished_at": now, "lease_until": None, "not_before": None, "notify_at": None}
        values |= {"delete_at": ends}
    changed = _compare_and_set(session, job, values)
    if changed is not None:
        events.record_state(session, changed, now)
        if before in ACTIVE and state not in ACTIVE:
            concurrency.freed(session, changed.tenant_id, now)
    return changed


def change_held(
    session: WriteSession, job: JobRow, verb: Verb, now: datetime, values: dict[str, Any] | None = None
) -> JobRow:
    """`change` of a job that this transaction has locked, which therefore cannot miss."""
    changed = change(session, job, verb, now, values)
    if changed is None:
        raise AssertionError(f"{job.id} changed although it was locked")
    return changed


def touch(session: WriteSession, job: JobRow, values: dict[str, Any]) -> None:
    """Set columns that are no news to anybody."""
    session.execute(update(JobRow).where(JobRow.id == job.id).values(values))


def report(session: WriteSession, job: JobRow, progress: Progress, now: datetime) -> None:
    """A locked job's progress, as a change of its own."""
    changed = _compare_and_set(session, job, {"progress": progress.model_dump()})
    if changed is not None:
        events.record_progress(session, changed, now)


def note(
    session: WriteSession, job: JobRow, values: dict[str, Any], what: str, details: dict[str, Any], now: datetime
) -> None:
    """Something new about a locked job beside its state and progress, as a change of its own: an event `kind.what`."""
    changed = _compare_and_set(session, job, values)
    if changed is not None:
        events.record_detail(session, changed, what, details, now)


def end_attempt(
    session: WriteSession, job: JobRow, outcome: str, now: datetime, error: dict[str, Any] | None = None
) -> None:
    """Close the record of the job's present attempt."""
    here = (AttemptRow.job_id == job.id, AttemptRow.number == job.attempt)
    session.execute(update(AttemptRow).where(*here).values(outcome=outcome, ended_at=now, error=error))


def attempts_of(session: ReadSession, *job_ids: str) -> Sequence[AttemptRow]:
    """Every attempt at these jobs, of each the first to the last."""
    return session.scalars(select(AttemptRow).where(AttemptRow.job_id.in_(job_ids)).order_by(AttemptRow.number))


def refused_writes_of(session: ReadSession, *job_ids: str) -> Sequence[RefusedWriteRow]:
    """Every refused write of these jobs, oldest first."""
    here = RefusedWriteRow.job_id.in_(job_ids)
    return session.scalars(select(RefusedWriteRow).where(here).order_by(RefusedWriteRow.id))


def _locked(session: WriteSession, job_id: str) -> JobRow | None:
    there = (JobRow.id == job_id, JobRow.deleted_at.is_(None))
    return session.scalar(select(JobRow).where(*there).with_for_update())


def _compare_and_set(session: WriteSession, job: JobRow, values: dict[str, Any]) -> JobRow | None:
    unchanged = (JobRow.id == job.id, JobRow.attempt == job.attempt, JobRow.state_seq == job.state_seq)
    statement = update(JobRow).where(*unchanged).values(**values, state_seq=job.state_seq + 1)
    changed = session.returning(statement.returning(JobRow))
    return changed[0] if changed else None
