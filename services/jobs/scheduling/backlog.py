"""Operator metrics: queued and running work, its age, and the workers. Ended jobs are not counted."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select

from services.accounts import job_counts
from services.db.sessions import ReadSession
from services.db.tables import JobRow, OutboxRow, WebhookDeliveryRow
from services.jobs.scheduling import workers
from services.jobs.scheduling.waiting import IS_QUEUED
from shared.schemas.job import JobState

MAX_WORKERS = 10_000


@dataclass(frozen=True, kw_only=True)
class Backlog:
    """A snapshot of the service. Ages are in seconds."""

    jobs: Mapping[tuple[str, str], int]
    """Number of jobs that have not ended, by (queue, state)."""
    oldest_job: Mapping[str, float]
    """Age of the oldest queued job, by queue."""
    workers: Mapping[str, int]
    """Number of workers by state."""
    outbox: Mapping[str, int]
    """Number of due outbox rows, by topic."""
    oldest_outbox: Mapping[str, float]
    """Age of the oldest due outbox row, by topic."""
    deliveries: int
    """Number of pending webhook deliveries."""
    late_deliveries: int
    """Number of due webhook deliveries."""


def backlog(session: ReadSession, now: datetime) -> Backlog:
    """Read the snapshot."""
    jobs = job_counts.unfinished(session)
    oldest = {queue: session.scalar(_oldest(queue)) for queue, state in jobs if state == JobState.QUEUED}
    due = select(OutboxRow.topic, func.count(), func.min(OutboxRow.available_at)).where(OutboxRow.available_at <= now)
    items = session.rows(due.group_by(OutboxRow.topic))
    pending = (
        select(func.count()).select_from(WebhookDeliveryRow).where(WebhookDeliveryRow.next_attempt_at.is_not(None))
    )
    seen = workers.list_workers(session, MAX_WORKERS)
    return Backlog(
        jobs=jobs,
        oldest_job={queue: _age(first, now) for queue, first in oldest.items() if first is not None},
        workers=Counter(str(workers.view(one, now).state) for one in seen),
        outbox={topic: num for topic, num, _ in items},
        oldest_outbox={topic: _age(first, now) for topic, _, first in items},
        deliveries=session.scalar(pending) or 0,
        late_deliveries=session.scalar(pending.where(WebhookDeliveryRow.next_attempt_at <= now)) or 0,
    )


def _oldest(queue: str) -> Select[datetime]:
    return select(func.min(JobRow.created_at)).where(JobRow.queue == queue, IS_QUEUED)


def _age(since: datetime, now: datetime) -> float:
    return max(0.0, (now - since).total_seconds())
