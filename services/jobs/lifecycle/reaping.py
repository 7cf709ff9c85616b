"""What the sweep does: it ends what nobody holds any more, and rings again for what still waits."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, or_, select, update

from services.db.sessions import ReadSession, WriteSession
from services.db.tables import JobRow
from services.jobs.lifecycle.attempts import failure_counts, requeue
from services.jobs.scheduling.backoff import BACKOFF, Backoff
from services.jobs.scheduling.notifications import NOTIFY_AGAIN, notify
from services.jobs.state import logs, repository
from services.jobs.state.transitions import Verb
from services.jobs.state.types import Reaped
from shared.schemas.job import JobError, JobState

MAX_NOTIFY_INTERVAL = timedelta(minutes=10)
OVERDUE = timedelta(minutes=1)
"""How long a worker that still beats may take to end a job after its deadline."""

NUM_LAST_WORDS = 20

_RUNNING = or_(JobRow.state == JobState.RUNNING, JobRow.state == JobState.CANCELING)
_QUEUED = JobRow.state == JobState.QUEUED


def reap(
    session: WriteSession, *, now: datetime, max_attempts: int = 3, backoff: Backoff = BACKOFF, limit: int = 100
) -> Reaped:
    """Move on jobs whose lease ran out or whose deadline passed; what others hold waits for the next sweep.

    A lost attempt queues the job again, the first time to be claimed at once, or ends it with `attempts_exhausted` if
    it was the last one allowed.
    """
    moved = [_move(session, job, now, max_attempts, backoff) for job in _due(session, now, limit)]
    return Reaped(_in(moved, JobState.QUEUED), _in(moved, JobState.FAILED), _in(moved, JobState.CANCELED))


def notify_queued(session: WriteSession, *, now: datetime, everything: bool = False, limit: int = 1000) -> int:
    """Ring again for jobs that still wait, each ever more rarely; with `everything`, for all of them at once.

    Returns how many rings were asked for. A ring may have been lost with its broker.
    """
    due = _QUEUED if everything else and_(_QUEUED, JobRow.notify_at <= now)
    waiting = session.scalars(select(JobRow).where(due).limit(limit).with_for_update(skip_locked=True))
    for job in waiting:
        notify(session, job.queue, now)
        pause = min(MAX_NOTIFY_INTERVAL, max(NOTIFY_AGAIN, now - job.created_at))
        repository.set_columns(session, job, {"notify_at": now + pause})
    return len(waiting)


def abandon(session: WriteSession, *, now: datetime) -> int:
    """Every lease is over: for the start of a process that alone serves this database. Returns how many there were."""
    held = and_(_RUNNING, JobRow.lease_until >= now)
    return session.execute(update(JobRow).where(held).values(lease_until=now - timedelta(microseconds=1)))


def _due(session: WriteSession, now: datetime, limit: int) -> Iterable[JobRow]:
    # in the tenants' order, so that two sweeps that count the events of several tenants never wait for each other
    due = or_(_lost(now), _late(now))
    query = select(JobRow).where(due).order_by(JobRow.tenant_id, JobRow.id).limit(limit)
    return session.scalars(query.with_for_update(skip_locked=True))


def _lost(now: datetime) -> ColumnElement[bool]:
    return and_(_RUNNING, JobRow.lease_until < now)


def _late(now: datetime) -> ColumnElement[bool]:
    missed_start = and_(JobRow.started_at.is_(None), JobRow.start_by < now)
    waited_too_long = and_(_QUEUED, or_(missed_start, JobRow.finish_by < now))
    return or_(waited_too_long, and_(_RUNNING, JobRow.finish_by < now - OVERDUE))


def _move(session: WriteSession, job: JobRow, now: datetime, max_attempts: int, backoff: Backoff) -> JobRow:
    if job.state == JobState.QUEUED:
        missed_start = job.started_at is None and job.start_by is not None and job.start_by < now
        return _fail(session, job, _missed("start_by" if missed_start else "finish_by"), now)
    if job.state == JobState.CANCELING:
        return requeue(session, job, "lost", now)
    if job.finish_by is not None and job.finish_by < now:
        repository.end_attempt(session, job, "lost", now)
        return _fail(session, job, _missed("finish_by"), now)
    past = failure_counts(session, job)
    num_lost = past.lost + 1
    if past.failed + num_lost >= max_attempts:
        repository.end_attempt(session, job, "lost", now)
        return _fail(session, job, _exhausted(session, job), now)
    return requeue(session, job, "lost", now, wait=backoff.after_loss(past.failed, num_lost))


def _fail(session: WriteSession, job: JobRow, error: JobError, now: datetime) -> JobRow:
    return repository.change_held(session, job, Verb.FAIL, now, {"error": error.model_dump()})


def _missed(deadline: str) -> JobError:
    message = f"the job's deadline {deadline} passed"
    return JobError(code=f"{deadline}_missed", message=message, retryable=True, fault="service")


def _exhausted(session: ReadSession, job: JobRow) -> JobError:
    """With what its attempts said last: nobody can ask the dead worker."""
    last_words = logs.last_lines(session, job.id, NUM_LAST_WORDS)
    message = "\n".join([f"the worker was lost in the last of {job.attempt} attempts", *last_words])
    return JobError(code="attempts_exhausted", message=message, retryable=True, fault="service")


def _in(jobs: Iterable[JobRow], state: JobState) -> tuple[str, ...]:
    return tuple(job.id for job in jobs if job.state == state)
