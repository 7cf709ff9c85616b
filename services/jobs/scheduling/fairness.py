"""Which job a worker claims next: round robin between tenants, then priority, then age.

A bounded look-ahead prefers jobs whose adapter the worker has cached.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, Subquery, and_, exists, func, or_, select

from services.accounts import job_counts
from services.db.dialects import upsert
from services.db.sessions import ReadSession, WriteSession
from services.db.tables import AttemptRow, JobRow, TurnRow
from services.jobs.scheduling.waiting import IS_QUEUED, by_age, is_due, most_urgent_first, tenants_in_turn
from shared.schemas.job import JobState

LOOK_AHEAD = timedelta(seconds=60)
"""A job whose adapter is cached precedes a job of the same tenant and priority that is at most this much older.
No job waits longer than this because its adapter is not cached."""
AVOID_WORKER_COOLDOWN = timedelta(seconds=10)
"""How long a worker does not claim a job whose last attempt failed on this worker."""
MAX_AHEAD = 1000
"""A queue position counts at most so many jobs of the job's own tenant."""


def fairest(
    session: WriteSession,
    queue: str,
    now: datetime,
    cached: Collection[str],
    at_limit: Collection[str] = (),
    *,
    avoiding: str | None = None,
    left_out: Collection[str] = (),
) -> JobRow | None:
    """The next job to claim, locked until the transaction ends. Jobs that other transactions hold are skipped.

    Skips the tenants in `at_limit`, jobs whose last attempt recently failed on the worker `avoiding`, and the jobs
    with the ids `left_out`.
    """
    waiting = _waiting(queue, now)
    if left_out:
        waiting = and_(waiting, JobRow.id.not_in(left_out))
    if avoiding is not None:
        waiting = and_(waiting, ~_recently_failed_on(avoiding, now))
    for tenant_id, _ in tenants_in_turn(session, queue, waiting):
        own = and_(waiting, JobRow.tenant_id == tenant_id)
        head = None if tenant_id in at_limit else session.scalar(_locked(select(JobRow).where(own).order_by(*by_age())))
        if head is not None:
            return head if head.adapter_key in cached else _with_cached_adapter(session, own, head, cached) or head
    return None


def _with_cached_adapter(
    session: WriteSession, own: ColumnElement[bool], head: JobRow, cached: Collection[str]
) -> JobRow | None:
    """The first job within the look-ahead whose adapter is cached, locked."""
    near = and_(own, JobRow.priority == head.priority, JobRow.created_at <= head.created_at + LOOK_AHEAD)
    for adapter_key in sorted(cached):  # one at a time: the index has the age behind the adapter
        query = select(JobRow).where(near, JobRow.adapter_key == adapter_key).order_by(*by_age())
        if found := session.scalar(_locked(query)):
            return found
    return None


def is_avoided(session: ReadSession, job: JobRow, worker: str, now: datetime) -> bool:
    """Whether the job's last attempt recently failed on this worker, so that another worker should claim it."""
    failed = select(JobRow.id).where(JobRow.id == job.id, _recently_failed_on(worker, now))
    return job.attempt > 0 and session.scalar(failed) is not None


def mark_served(session: WriteSession, job: JobRow) -> None:
    """Move the job's tenant to the end of the queue's round robin."""
    latest = session.scalar(select(func.max(TurnRow.served)).where(TurnRow.queue == job.queue)) or 0
    turn = {"queue": job.queue, "tenant_id": job.tenant_id, "served": latest + 1}
    upsert(session, TurnRow, turn, keys=["queue", "tenant_id"], changes=["served"])


def positions(session: ReadSession, jobs: Collection[JobRow]) -> dict[str, int]:
    """Queue positions by job id: the number of jobs claimed before each queued job, without look-ahead.

    Exact for a job with fewer than `MAX_AHEAD` jobs of its own tenant before it, else at least so many jobs are. `jobs`
    must have been read in the same transaction.
    """
    waiting = [job for job in jobs if job.state == JobState.QUEUED]
    found: dict[str, int] = {}
    for queue, tenant_id in {(job.queue, job.tenant_id) for job in waiting}:
        here = {job.id for job in waiting if (job.queue, job.tenant_id) == (queue, tenant_id)}
        numbered = _numbered_backlog(queue, tenant_id)
        query = select(numbered.c.id, numbered.c.position).where(numbered.c.id.in_(here))
        ahead = dict.fromkeys(here, MAX_AHEAD) | {id: position - 1 for id, position in session.rows(query)}
        others = _other_backlogs(session, queue, tenant_id)
        found |= {id: _num_claimed_before(num, others) for id, num in ahead.items()}
    return found


def position_of_new(session: ReadSession, job: JobRow) -> int:
    """The queue position of a job that is not inserted yet."""
    numbered = _numbered_backlog(job.queue, job.tenant_id)
    precedes = or_(
        numbered.c.priority > job.priority,
        and_(numbered.c.priority == job.priority, numbered.c.created_at <= job.created_at),
    )
    ahead = session.scalar(select(func.count()).select_from(numbered).where(precedes)) or 0
    return _num_claimed_before(ahead, _other_backlogs(session, job.queue, job.tenant_id))


class Backlog(NamedTuple):
    """The number of another tenant's queued jobs in a queue, and whether that tenant is served first."""

    length: int
    is_before: bool


def _num_claimed_before(ahead: int, others: list[Backlog]) -> int:
    """The number of jobs claimed before one that `ahead` jobs of its own tenant precede."""
    return ahead + sum(min(backlog.length, ahead + backlog.is_before) for backlog in others)


def _other_backlogs(session: ReadSession, queue: str, tenant_id: str) -> list[Backlog]:
    """The backlogs of the other tenants."""
    counts = job_counts.queued_by_tenant(queue)
    own_turn = and_(TurnRow.queue == queue, TurnRow.tenant_id == counts.c.tenant_id)
    served = func.coalesce(TurnRow.served, 0)
    found = session.rows(
        select(counts.c.tenant_id, counts.c.num, served).select_from(counts).outerjoin(TurnRow, own_turn)
    )
    turn = session.scalar(select(TurnRow.served).where(TurnRow.queue == queue, TurnRow.tenant_id == tenant_id)) or 0
    tied = {tenant for tenant, _, its_turn in found if its_turn == turn and tenant != tenant_id}
    order = list(most_urgent_first(session, queue, turn, IS_QUEUED)) if tied else []
    before = set(order[: order.index(tenant_id)] if tenant_id in order else order)
    return [
        Backlog(int(num), its_turn < turn or tenant in before) for tenant, num, its_turn in found if tenant != tenant_id
    ]


def _numbered_backlog(queue: str, tenant_id: str) -> Subquery:
    """The first `MAX_AHEAD` queued jobs of a tenant in a queue, numbered from 1 in the order of claims."""
    position = func.row_number().over(order_by=by_age()).label("position")
    query = select(JobRow.id, JobRow.priority, JobRow.created_at, position)
    query = query.where(JobRow.queue == queue, JobRow.tenant_id == tenant_id, IS_QUEUED)
    return query.order_by(*by_age()).limit(MAX_AHEAD).subquery()


def _waiting(queue: str, now: datetime) -> ColumnElement[bool]:
    may_start = or_(JobRow.start_by.is_(None), JobRow.start_by >= now, JobRow.started_at.is_not(None))
    may_finish = or_(JobRow.finish_by.is_(None), JobRow.finish_by >= now)
    return and_(JobRow.queue == queue, is_due(now), may_start, may_finish)


def _recently_failed_on(worker: str, now: datetime) -> ColumnElement[bool]:
    last = (AttemptRow.job_id == JobRow.id, AttemptRow.number == JobRow.attempt, AttemptRow.worker == worker)
    failed_at = func.coalesce(JobRow.not_before, AttemptRow.ended_at)
    return exists().where(*last, AttemptRow.outcome.in_(("failed", "lost")), failed_at > now - AVOID_WORKER_COOLDOWN)


def _locked(query: Select[JobRow]) -> Select[JobRow]:
    return query.limit(1).with_for_update(of=JobRow, skip_locked=True)
