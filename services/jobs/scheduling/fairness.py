"""Whose turn it is: tenants in turn, then priority, then age, with a short look-ahead for what a worker has warm."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select

from services.db.dialects import upsert
from services.db.sessions import ReadSession, WriteSession
from services.db.tables import AttemptRow, JobRow, TurnRow
from shared.schemas.job import JobState

LOOK_AHEAD = timedelta(seconds=60)
"""A warm job goes before an older cold one of the same tenant and priority that is at most this much older,
so that nothing waits longer than this for being cold."""
AVOID_WORKER_COOLDOWN = timedelta(seconds=10)
"""How long a worker leaves a job that it has just failed to others."""


def fairest(
    session: WriteSession,
    queue: str,
    now: datetime,
    warm: Collection[str],
    full: Collection[str] = (),
    avoiding: str | None = None,
) -> JobRow | None:
    """The waiting job that goes next, held until the transaction ends; jobs that others hold are passed over.

    `full` are the tenants whose jobs do not count; nor do those that the worker `avoiding` has just failed.
    """
    waiting = and_(_waiting(queue, now), JobRow.tenant_id.not_in(full))
    if avoiding is not None:
        waiting = and_(waiting, ~_just_failed_by(avoiding, now))
    turns = func.coalesce(TurnRow.served, 0)
    ours = and_(TurnRow.queue == JobRow.queue, TurnRow.tenant_id == JobRow.tenant_id)
    first = select(JobRow).outerjoin(TurnRow, ours).where(waiting).order_by(turns, *_by_age())
    head = session.scalar(_held(first))
    if head is None or not warm or head.warm_key in warm:
        return head
    near = and_(
        waiting,
        JobRow.tenant_id == head.tenant_id,
        JobRow.priority == head.priority,
        JobRow.created_at <= head.created_at + LOOK_AHEAD,
        JobRow.warm_key.in_(warm),
    )
    return session.scalar(_held(select(JobRow).where(near).order_by(*_by_age()))) or head


def is_avoided(session: ReadSession, job: JobRow, worker: str, now: datetime) -> bool:
    """Whether this worker has just failed the job, so that another one had better try."""
    failed = select(JobRow.id).where(JobRow.id == job.id, _just_failed_by(worker, now))
    return job.attempt > 0 and session.scalar(failed) is not None


def is_due(now: datetime) -> ColumnElement[bool]:
    """Queued, and not waiting between two attempts."""
    rested = or_(JobRow.not_before.is_(None), JobRow.not_before <= now)
    return and_(JobRow.state == JobState.QUEUED, rested)


def served(session: WriteSession, job: JobRow) -> None:
    """Put the job's tenant at the end of its queue's line."""
    latest = session.scalar(select(func.max(TurnRow.served)).where(TurnRow.queue == job.queue)) or 0
    turn = {"queue": job.queue, "tenant_id": job.tenant_id, "served": latest + 1}
    upsert(session, TurnRow, turn, keys=["queue", "tenant_id"], changes=["served"])


def positions(session: ReadSession, jobs: Collection[JobRow]) -> dict[str, int]:
    """How many jobs of its queue go before each of these that is queued, if nothing is added and nothing is warm.

    By id. The jobs are as they were read in the same transaction.
    """
    waiting = [job for job in jobs if job.state == JobState.QUEUED]
    found: dict[str, int] = {}
    for queue, tenant_id in {(job.queue, job.tenant_id) for job in waiting}:
        here = [job for job in waiting if (job.queue, job.tenant_id) == (queue, tenant_id)]
        lines = _lines(session, queue)
        mine = next((line for line in lines if line.tenant_id == tenant_id), None)
        if mine is not None:
            ahead = _ahead(session, here)
            found |= {job.id: _before(mine, ahead[job.id], lines) for job in here if job.id in ahead}
    return found


def position_of_new(session: ReadSession, job: JobRow) -> int:
    """The same for a job that is not there yet."""
    lines = _lines(session, job.queue)
    turn = select(TurnRow.served).where(TurnRow.queue == job.queue, TurnRow.tenant_id == job.tenant_id)
    alone = Line(job.tenant_id, session.scalar(turn) or 0, 0, job.created_at)
    mine = next((line for line in lines if line.tenant_id == job.tenant_id), alone)
    return _before(mine, _num_before(session, job), lines)


class Line(NamedTuple):
    """A tenant waiting in a queue: its turn, the length of its line, its oldest job."""

    tenant_id: str
    served: int
    length: int
    oldest: datetime


def _before(mine: Line, ahead: int, lines: list[Line]) -> int:
    """How many jobs go before one that `ahead` jobs of its own line precede."""
    others = (line for line in lines if line.tenant_id != mine.tenant_id)
    return ahead + sum(
        min(line.length, ahead + ((line.served, line.oldest) < (mine.served, mine.oldest))) for line in others
    )


def _lines(session: ReadSession, queue: str) -> list[Line]:
    turns = func.coalesce(TurnRow.served, 0)
    lengths = (
        select(JobRow.tenant_id, func.count().label("length"), func.min(JobRow.created_at).label("oldest"))
        .where(JobRow.queue == queue, JobRow.state == JobState.QUEUED)
        .group_by(JobRow.tenant_id)
        .subquery()
    )
    ours = and_(TurnRow.queue == queue, TurnRow.tenant_id == lengths.c.tenant_id)
    query = select(lengths.c.tenant_id, turns, lengths.c.length, lengths.c.oldest).outerjoin(TurnRow, ours)
    return [Line(*row) for row in session.rows(query)]


def _ahead(session: ReadSession, jobs: Collection[JobRow]) -> dict[str, int]:
    """How many jobs of their own line precede each of these, which wait in one."""
    some = next(iter(jobs))
    if len(jobs) == 1:
        return {some.id: _num_before(session, some)}
    place = func.row_number().over(order_by=_by_age()).label("place")
    line = select(JobRow.id, place).where(_line_of(some)).subquery()
    wanted = line.c.id.in_([job.id for job in jobs])
    return {id: place - 1 for id, place in session.rows(select(line.c.id, line.c.place).where(wanted))}


def _num_before(session: ReadSession, job: JobRow) -> int:
    """How many jobs of its own line precede one, which need not be there yet."""
    return session.scalar(select(func.count()).select_from(JobRow).where(_line_of(job), _goes_before(job))) or 0


def _line_of(job: JobRow) -> ColumnElement[bool]:
    return and_(JobRow.queue == job.queue, JobRow.state == JobState.QUEUED, JobRow.tenant_id == job.tenant_id)


def _goes_before(job: JobRow) -> ColumnElement[bool]:
    older = and_(JobRow.priority == job.priority, JobRow.created_at == job.created_at, JobRow.id < job.id)
    same = and_(JobRow.priority == job.priority, JobRow.created_at < job.created_at)
    return or_(JobRow.priority > job.priority, same, older)


def _waiting(queue: str, now: datetime) -> ColumnElement[bool]:
    may_start = or_(JobRow.start_by.is_(None), JobRow.start_by >= now, JobRow.started_at.is_not(None))
    may_finish = or_(JobRow.finish_by.is_(None), JobRow.finish_by >= now)
    return and_(JobRow.queue == queue, is_due(now), may_start, may_finish)


def _just_failed_by(worker: str, now: datetime) -> ColumnElement[bool]:
    last = (AttemptRow.job_id == JobRow.id, AttemptRow.number == JobRow.attempt, AttemptRow.worker == worker)
    lately = func.coalesce(JobRow.not_before, AttemptRow.ended_at) > now - AVOID_WORKER_COOLDOWN
    return exists().where(*last, AttemptRow.outcome.in_(("failed", "lost")), lately)


def _by_age() -> tuple[ColumnElement[int], ColumnElement[datetime], ColumnElement[str]]:
    return JobRow.priority.desc(), JobRow.created_at.asc(), JobRow.id.asc()


def _held(query: Select[JobRow]) -> Select[JobRow]:
    return query.limit(1).with_for_update(of=JobRow, skip_locked=True)
