"""The sweep's operations on jobs: reap expired leases and deadlines."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, literal_column, or_, select, update

from services.db.isolation import Quarantine
from services.db.sessions import ReadSession, WriteSession
from services.db.tables import JobRow
from services.jobs.lifecycle.attempts import failure_counts, requeue
from services.jobs.scheduling.backoff import BACKOFF, Backoff
from services.jobs.scheduling.waiting import IS_QUEUED
from services.jobs.state import logs, repository
from services.jobs.state.transitions import Verb
from services.jobs.state.types import Reaped
from shared.schemas.job import JobError, JobState

DEADLINE_GRACE = timedelta(minutes=1)
"""Time after its deadline in which a live worker may still end a job."""

NUM_LAST_LOG_LINES = 20

_RUNNING = or_(JobRow.state == JobState.RUNNING, JobRow.state == JobState.CANCELING)
_UNFINISHED = JobRow.state.in_([literal_column(f"'{state}'") for state in ("queued", "running", "canceling")])
"""The condition of the index of `finish_by`, with literals as in `services.jobs.scheduling.waiting`."""


def reap(
    session: WriteSession,
    *,
    now: datetime,
    max_attempts: int = 3,
    backoff: Backoff = BACKOFF,
    limit: int = 100,
    quarantine: Quarantine | None = None,
) -> Reaped:
    """Requeue, fail or cancel jobs whose lease expired or whose deadline passed. Locked rows wait for the next sweep.

    A lost attempt requeues the job, the first time without delay, or fails it with `attempts_exhausted` after the last
    permitted attempt. A job for which that fails is added to `quarantine`, and jobs in there are left out.
    """
    quarantine = quarantine or Quarantine("job")
    due = {job.id: job for job in _due(session, now, limit, quarantine.ids)}
    reaped = quarantine.process(session, due, lambda job: _reap(session, job, now, max_attempts, backoff))
    return Reaped(
        _ids_in(reaped, JobState.QUEUED), _ids_in(reaped, JobState.FAILED), _ids_in(reaped, JobState.CANCELED)
    )


def expire_all_leases(session: WriteSession, *, now: datetime) -> int:
    """Expire every lease, at the start of a process that alone serves this database. Returns their number."""
    held = and_(_RUNNING, JobRow.lease_until >= now)
    return session.execute(update(JobRow).where(held).values(lease_until=now - timedelta(microseconds=1)))


def _due(session: WriteSession, now: datetime, limit: int, left_out: Sequence[str]) -> Iterable[JobRow]:
    due = [
        select(JobRow.id).where(condition, JobRow.id.not_in(left_out)).limit(limit)
        for condition in (_lease_expired(now), _start_missed(now), _finish_missed(now))
    ]
    ids = sorted({id for query in due for id in session.scalars(query)})[:limit]
    # ordered by tenant: two sweeps lock the event counters of several tenants in the same order, so no deadlock
    still_due = or_(_lease_expired(now), _start_missed(now), _finish_missed(now))
    query = select(JobRow).where(JobRow.id.in_(ids), still_due).order_by(JobRow.tenant_id, JobRow.id)
    return session.scalars(query.with_for_update(skip_locked=True)) if ids else ()


def _lease_expired(now: datetime) -> ColumnElement[bool]:
    return and_(_RUNNING, JobRow.lease_until < now)


def _start_missed(now: datetime) -> ColumnElement[bool]:
    return and_(IS_QUEUED, JobRow.start_by.is_not(None), JobRow.start_by < now, JobRow.started_at.is_(None))


def _finish_missed(now: datetime) -> ColumnElement[bool]:
    """A job that runs has a moment more, in which its worker may end it."""
    passed = or_(IS_QUEUED, JobRow.finish_by < now - DEADLINE_GRACE)
    return and_(_UNFINISHED, JobRow.finish_by.is_not(None), JobRow.finish_by < now, passed)


def _reap(session: WriteSession, job: JobRow, now: datetime, max_attempts: int, backoff: Backoff) -> JobRow:
    if job.state == JobState.QUEUED:
        missed_start = job.started_at is None and job.start_by is not None and job.start_by < now
        return _fail(session, job, _deadline_error("start_by" if missed_start else "finish_by"), now)
    if job.state == JobState.CANCELING:
        return requeue(session, job, "lost", now)
    if job.finish_by is not None and job.finish_by < now:
        repository.end_attempt(session, job, "lost", now)
        return _fail(session, job, _deadline_error("finish_by"), now)
    counts = failure_counts(session, job)
    num_lost = counts.lost + 1
    if counts.failed + num_lost >= max_attempts:
        repository.end_attempt(session, job, "lost", now)
        return _fail(session, job, _attempts_exhausted(session, job), now)
    return requeue(session, job, "lost", now, wait=backoff.after_loss(counts.failed, num_lost))


def _fail(session: WriteSession, job: JobRow, error: JobError, now: datetime) -> JobRow:
    return repository.change_held(session, job, Verb.FAIL, now, {"error": error.model_dump()})


def _deadline_error(deadline: str) -> JobError:
    message = f"the job's deadline {deadline} passed"
    return JobError(code=f"{deadline}_missed", message=message, retryable=True, fault="service")


def _attempts_exhausted(session: ReadSession, job: JobRow) -> JobError:
    """The error of a job whose attempts are used up, with its last log lines."""
    last_lines = logs.last_lines(session, job.id, NUM_LAST_LOG_LINES)
    message = "\n".join([f"the worker was lost in the last of {job.attempt} attempts", *last_lines])
    return JobError(code="attempts_exhausted", message=message, retryable=True, fault="service")


def _ids_in(jobs: Iterable[JobRow], state: JobState) -> tuple[str, ...]:
    return tuple(job.id for job in jobs if job.state == state)
