"""The SQL of jobs. `change` applies every state transition: it updates the row and records the event."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Row, select, update

from services.db.sessions import ReadSession, WriteSession
from services.db.tables import AttemptRow, JobRow, RefusedWriteRow
from services.jobs.scheduling import concurrency
from services.jobs.state import events
from services.jobs.state.transitions import Verb, next_state
from shared.errors import Fenced, NotFound
from shared.schemas.job import ACTIVE, JobKind, JobState, Progress

IDS_AT_ONCE = 1000


@dataclass(frozen=True, kw_only=True)
class JobFilter:
    """Conditions on listed jobs; None matches every job."""

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


def kind_of(session: ReadSession, tenant_id: str, job_id: str) -> JobKind:
    """The kind of the tenant's job, also of a deleted one. Raises NotFound."""
    kind = session.scalar(select(JobRow.kind).where(JobRow.id == job_id, JobRow.tenant_id == tenant_id))
    if kind is None:
        raise NotFound(f"no job {job_id}")
    return cast(JobKind, kind)


def list_page(
    session: ReadSession, tenant_id: str, limit: int, after: str | None = None, only: JobFilter | None = None
) -> Sequence[JobRow]:
    """Up to `limit` jobs, newest first, after the job `after`."""
    only = only or JobFilter()
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


def states(session: ReadSession, job_ids: Collection[str]) -> Sequence[Row[str, str, int]]:
    """(id, state, state_seq) of each of these jobs that exists, of any tenant."""
    wanted, found = sorted(job_ids), list[Row[str, str, int]]()
    for first in range(0, len(wanted), IDS_AT_ONCE):  # a statement has at most 65,535 parameters
        some = JobRow.id.in_(wanted[first : first + IDS_AT_ONCE])
        found += session.rows(select(JobRow.id, JobRow.state, JobRow.state_seq).where(some))
    return found


def lock(session: WriteSession, tenant_id: str, job_id: str) -> JobRow:
    """The tenant's job, locked until the transaction ends. Raises NotFound."""
    job = _locked(session, job_id)
    if job is None or job.tenant_id != tenant_id:
        raise NotFound(f"no job {job_id}")
    return job


def lock_attempt(session: WriteSession, job_id: str, attempt: int, what: str, now: datetime) -> JobRow:
    """The job, locked until the transaction ends, if this attempt still owns it.

    Otherwise records the refused write with the attempt and raises Fenced. Raises NotFound.
    """
    job = _locked(session, job_id)
    if job is None:
        raise NotFound(f"no job {job_id}")
    if job.attempt != attempt or job.state not in ACTIVE:
        record_refused_write(session, job_id, attempt, what, now)
        raise Fenced(f"{job_id} is {job.state} in attempt {job.attempt}; attempt {attempt} may not {what}")
    return job


def record_refused_write(session: WriteSession, job_id: str, attempt: int, what: str, now: datetime) -> None:
    """Record a refused write of an attempt."""
    session.add(RefusedWriteRow(job_id=job_id, attempt=attempt, what=what, at=now))


def change(
    session: WriteSession, job: JobRow, verb: Verb, now: datetime, values: dict[str, Any] | None = None
) -> JobRow | None:
    """Apply a transition; None if the job changed since `job` was read. Raises IllegalTransition."""
    before = JobState(job.state)  # read now: the update below refreshes the row object
    state = next_state(before, verb)
    values = {"state": state} | (values or {})
    if state.is_terminal:
        delete_at = now + timedelta(days=job.keep_days) if job.keep_days is not None else None
        values |= {"finished_at": now, "lease_until": None, "not_before": None}
        values |= {"delete_at": delete_at}
    changed = _compare_and_set(session, job, values)
    if changed is not None:
        events.record_state(session, changed, now)
        if before in ACTIVE and state not in ACTIVE:
            concurrency.notify_skipped(session, changed.tenant_id, now)
    return changed


def change_held(
    session: WriteSession, job: JobRow, verb: Verb, now: datetime, values: dict[str, Any] | None = None
) -> JobRow:
    """`change` of a job that this transaction has locked."""
    changed = change(session, job, verb, now, values)
    if changed is None:
        raise AssertionError(f"{job.id} changed although it was locked")
    return changed


def set_columns(session: WriteSession, job: JobRow, values: dict[str, Any]) -> None:
    """Set columns without an event."""
    session.execute(update(JobRow).where(JobRow.id == job.id).values(values))


def set_progress(session: WriteSession, job: JobRow, progress: Progress, now: datetime) -> None:
    """Set a locked job's progress and record the event."""
    changed = _compare_and_set(session, job, {"progress": progress.model_dump()})
    if changed is not None:
        events.record_progress(session, changed, now)


def set_detail(
    session: WriteSession, job: JobRow, values: dict[str, Any], what: str, details: dict[str, Any], now: datetime
) -> None:
    """Set columns of a locked job and record an event `kind.what` with `details`."""
    changed = _compare_and_set(session, job, values)
    if changed is not None:
        events.record_detail(session, changed, what, details, now)


def end_attempt(
    session: WriteSession, job: JobRow, outcome: str, now: datetime, error: dict[str, Any] | None = None
) -> None:
    """Set the outcome of the job's present attempt."""
    here = (AttemptRow.job_id == job.id, AttemptRow.number == job.attempt)
    session.execute(update(AttemptRow).where(*here).values(outcome=outcome, ended_at=now, error=error))


def attempts_of(session: ReadSession, *job_ids: str) -> Sequence[AttemptRow]:
    """Every attempt of these jobs, in the order of attempt numbers."""
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
