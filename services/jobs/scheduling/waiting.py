"""The SQL of waiting jobs. Every statement reads a bounded number of them, however many wait.

The condition of the partial indexes is written with literals: a database cannot know that a parameter fulfils it.
"""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby

from sqlalchemy import ColumnElement, and_, exists, func, literal_column, or_, select
from sqlalchemy.orm import aliased

from services.db.dialects import distinct_values
from services.db.sessions import ReadSession
from services.db.tables import JobRow, TurnRow

IS_QUEUED = JobRow.state == literal_column("'queued'")
"""SQL condition: the job is queued."""


def is_due(now: datetime) -> ColumnElement[bool]:
    """SQL condition: queued, and its backoff is over."""
    return and_(IS_QUEUED, or_(JobRow.not_before.is_(None), JobRow.not_before <= now))


def by_age() -> tuple[ColumnElement[int], ColumnElement[datetime], ColumnElement[str]]:
    """The order of one tenant's jobs: priority, then age."""
    return JobRow.priority.desc(), JobRow.created_at.asc(), JobRow.id.asc()


def queues_with_due_jobs(session: ReadSession, now: datetime) -> list[str]:
    """The queues with a job that is queued and whose backoff is over."""
    queues = distinct_values(JobRow.queue, IS_QUEUED)
    has_due = exists().where(JobRow.queue == queues.c.value, is_due(now))
    return sorted(session.scalars(select(queues.c.value).where(queues.c.value.is_not(None), has_due)))


def has_due_job(session: ReadSession, queue: str, now: datetime) -> bool:
    """Whether a job of the queue is queued and its backoff is over."""
    return bool(session.scalar(select(exists().where(JobRow.queue == queue, is_due(now)))))


def tenants_in_turn(session: ReadSession, queue: str, condition: ColumnElement[bool]) -> "Sequence[tuple[str, int]]":
    """(tenant id, round-robin counter) of the tenants with queued jobs in the queue, the next one first.

    Of tenants with equal counters, those that were never served, the one with the most urgent job comes first, among
    the jobs that fulfil `condition`. One index probe for each tenant, none for its jobs.
    """
    tenants = distinct_values(JobRow.tenant_id, IS_QUEUED, JobRow.queue == queue)
    served = func.coalesce(TurnRow.served, 0)
    own_turn = and_(TurnRow.queue == queue, TurnRow.tenant_id == tenants.c.value)
    query = select(tenants.c.value, served).select_from(tenants).outerjoin(TurnRow, own_turn)
    found = session.rows(query.where(tenants.c.value.is_not(None)).order_by(served))
    in_turn: list[tuple[str, int]] = []
    for turn, group in groupby(found, key=lambda row: row[1]):
        tied = [tenant_id for tenant_id, _ in group]
        tied = tied if len(tied) == 1 else most_urgent_first(session, queue, turn, condition)
        in_turn += [(tenant_id, turn) for tenant_id in tied]
    return in_turn


def most_urgent_first(session: ReadSession, queue: str, served: int, condition: ColumnElement[bool]) -> Sequence[str]:
    """The tenants with this round-robin counter and with jobs that fulfil `condition`, by the first of these jobs."""
    tenants = distinct_values(JobRow.tenant_id, IS_QUEUED, JobRow.queue == queue)
    head = aliased(JobRow)
    its_jobs = and_(JobRow.queue == queue, JobRow.tenant_id == tenants.c.value, condition)
    first = select(JobRow.id).where(its_jobs).order_by(*by_age()).limit(1).correlate(tenants).scalar_subquery()
    own_turn = and_(TurnRow.queue == queue, TurnRow.tenant_id == tenants.c.value)
    query = (
        select(tenants.c.value)
        .select_from(tenants)
        .outerjoin(TurnRow, own_turn)
        .join(head, head.id == first)
        .where(func.coalesce(TurnRow.served, 0) == served)
        .order_by(head.priority.desc(), head.created_at, head.id)
    )
    return session.scalars(query)
