"""Which job a worker claims next: round robin between tenants, then priority, then age.

A bounded look-ahead prefers jobs whose adapter the worker has cached.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select

from services.db.dialects import upsert
from services.db.sessions import ReadSession, WriteSession
from services.db.tables import AttemptRow, JobRow, TurnRow
from shared.schemas.job import JobState

LOOK_AHEAD = timedelta(seconds=60)
"""A job whose adapter is cached precedes a job of the same tenant and priority that is at most this much older.
No job waits longer than this because its adapter is not cached."""
AVOID_WORKER_COOLDOWN = timedelta(seconds=10)
"""How long a worker does not claim a job whose last attempt failed on this worker."""


def fairest(
    session: WriteSession,
    queue: str,
    now: datetime,
    cached: Collection[str],
    at_limit: Collection[str] = (),
    avoiding: str | None = None,
) -> JobRow | None:
    """The next job to claim, locked until the transaction ends. Jobs that other transactions hold are skipped.

    Skips the tenants in `at_limit`, and jobs whose last attempt recently failed on the worker `avoiding`.
    """
    waiting = and_(_waiting(queue, now), JobRow.tenant_id.not_in(at_limit))
    if avoiding is not None:
        waiting = and_(waiting, ~_recently_failed_on(avoiding, now))
    turns = func.coalesce(TurnRow.served, 0)
    own_turn = and_(TurnRow.queue == JobRow.queue, TurnRow.tenant_id == JobRow.tenant_id)
    first = select(JobRow).outerjoin(TurnRow, own_turn).where(waiting).order_by(turns, *_by_age())
    head = session.scalar(_locked(first))
    if head is None or not cached or head.adapter_key in cached:
        return head
    near = and_(
        waiting,
        JobRow.tenant_id == head.tenant_id,
        JobRow.priority == head.priority,
        JobRow.created_at <= head.created_at + LOOK_AHEAD,
        JobRow.adapter_key.in_(cached),
    )
    return session.scalar(_locked(select(JobRow).where(near).order_by(*_by_age()))) or head


def is_avoided(session: ReadSession, job: JobRow, worker: str, now: datetime) -> bool:
    """Whether the job's last attempt recently failed on this worker, so that another worker should claim it."""
    failed = select(JobRow.id).where(JobRow.id == job.id, _recently_failed_on(worker, now))
    return job.attempt > 0 and session.scalar(failed) is not None


def is_due(now: datetime) -> ColumnElement[bool]:
    """SQL condition: queued, and its backoff is over."""
    backoff_over = or_(JobRow.not_before.is_(None), JobRow.not_before <= now)
    return and_(JobRow.state == JobState.QUEUED, backoff_over)


def mark_served(session: WriteSession, job: JobRow) -> None:
    """Move the job's tenant to the end of the queue's round robin."""
    latest = session.scalar(select(func.max(TurnRow.served)).where(TurnRow.queue == job.queue)) or 0
    turn = {"queue": job.queue, "tenant_id": job.tenant_id, "served": latest + 1}
    upsert(session, TurnRow, turn, keys=["queue", "tenant_id"], changes=["served"])


def positions(session: ReadSession, jobs: Collection[JobRow]) -> dict[str, int]:
    """Queue positions by job id: the number of jobs claimed before each queued job, without look-ahead.

    `jobs` must have been read in the same transaction.
    """
    waiting = [job for job in jobs if job.state == JobState.QUEUED]
    found: dict[str, int] = {}
    for queue, tenant_id in {(job.queue, job.tenant_id) for job in waiting}:
        here = [job for job in waiting if (job.queue, job.tenant_id) == (queue, tenant_id)]
        backlogs = _tenant_backlogs(session, queue)
        own = next((backlog for backlog in backlogs if backlog.tenant_id == tenant_id), None)
        if own is not None:
            ahead = _positions_in_backlog(session, here)
            found |= {job.id: _num_claimed_before(own, ahead[job.id], backlogs) for job in here if job.id in ahead}
    return found


def position_of_new(session: ReadSession, job: JobRow) -> int:
    """The queue position of a job that is not inserted yet."""
    backlogs = _tenant_backlogs(session, job.queue)
    turn = select(TurnRow.served).where(TurnRow.queue == job.queue, TurnRow.tenant_id == job.tenant_id)
    new = TenantBacklog(job.tenant_id, session.scalar(turn) or 0, 0, job.created_at)
    own = next((backlog for backlog in backlogs if backlog.tenant_id == job.tenant_id), new)
    return _num_claimed_before(own, _num_preceding(session, job), backlogs)


class TenantBacklog(NamedTuple):
    """A tenant's queued jobs in one queue: its round-robin counter, their number, and the oldest creation time."""

    tenant_id: str
    served: int
    length: int
    oldest: datetime


def _num_claimed_before(own: TenantBacklog, ahead: int, backlogs: list[TenantBacklog]) -> int:
    """The number of jobs claimed before one that `ahead` jobs of its own tenant precede."""
    others = (backlog for backlog in backlogs if backlog.tenant_id != own.tenant_id)
    return ahead + sum(
        min(backlog.length, ahead + ((backlog.served, backlog.oldest) < (own.served, own.oldest))) for backlog in others
    )


def _tenant_backlogs(session: ReadSession, queue: str) -> list[TenantBacklog]:
    turns = func.coalesce(TurnRow.served, 0)
    lengths = (
        select(JobRow.tenant_id, func.count().label("length"), func.min(JobRow.created_at).label("oldest"))
        .where(JobRow.queue == queue, JobRow.state == JobState.QUEUED)
        .group_by(JobRow.tenant_id)
        .subquery()
    )
    own_turn = and_(TurnRow.queue == queue, TurnRow.tenant_id == lengths.c.tenant_id)
    query = select(lengths.c.tenant_id, turns, lengths.c.length, lengths.c.oldest).outerjoin(TurnRow, own_turn)
    return [TenantBacklog(*row) for row in session.rows(query)]


def _positions_in_backlog(session: ReadSession, jobs: Collection[JobRow]) -> dict[str, int]:
    """For each job, the number of queued jobs of the same tenant and queue that precede it. All are of one tenant."""
    first = next(iter(jobs))
    if len(jobs) == 1:
        return {first.id: _num_preceding(session, first)}
    position = func.row_number().over(order_by=_by_age()).label("position")
    backlog = select(JobRow.id, position).where(_same_backlog(first)).subquery()
    wanted = backlog.c.id.in_([job.id for job in jobs])
    return {id: position - 1 for id, position in session.rows(select(backlog.c.id, backlog.c.position).where(wanted))}


def _num_preceding(session: ReadSession, job: JobRow) -> int:
    """The number of queued jobs of the same tenant and queue that precede a job, which may not be inserted yet."""
    return session.scalar(select(func.count()).select_from(JobRow).where(_same_backlog(job), _precedes(job))) or 0


def _same_backlog(job: JobRow) -> ColumnElement[bool]:
    return and_(JobRow.queue == job.queue, JobRow.state == JobState.QUEUED, JobRow.tenant_id == job.tenant_id)


def _precedes(job: JobRow) -> ColumnElement[bool]:
    older = and_(JobRow.priority == job.priority, JobRow.created_at == job.created_at, JobRow.id < job.id)
    same = and_(JobRow.priority == job.priority, JobRow.created_at < job.created_at)
    return or_(JobRow.priority > job.priority, same, older)


def _waiting(queue: str, now: datetime) -> ColumnElement[bool]:
    may_start = or_(JobRow.start_by.is_(None), JobRow.start_by >= now, JobRow.started_at.is_not(None))
    may_finish = or_(JobRow.finish_by.is_(None), JobRow.finish_by >= now)
    return and_(JobRow.queue == queue, is_due(now), may_start, may_finish)


def _recently_failed_on(worker: str, now: datetime) -> ColumnElement[bool]:
    last = (AttemptRow.job_id == JobRow.id, AttemptRow.number == JobRow.attempt, AttemptRow.worker == worker)
    failed_at = func.coalesce(JobRow.not_before, AttemptRow.ended_at)
    return exists().where(*last, AttemptRow.outcome.in_(("failed", "lost")), failed_at > now - AVOID_WORKER_COOLDOWN)


def _by_age() -> tuple[ColumnElement[int], ColumnElement[datetime], ColumnElement[str]]:
    return JobRow.priority.desc(), JobRow.created_at.asc(), JobRow.id.asc()


def _locked(query: Select[JobRow]) -> Select[JobRow]:
    return query.limit(1).with_for_update(of=JobRow, skip_locked=True)
