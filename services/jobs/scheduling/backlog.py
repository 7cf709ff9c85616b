"""How much waits, for how long, and who works: what whoever runs the service watches. What is over is not looked at."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from services.db.sessions import ReadSession
from services.db.tables import JobRow, OutboxRow, WebhookDeliveryRow
from services.jobs.scheduling import workers
from shared.schemas.job import JobState

LIVE = (JobState.QUEUED, JobState.RUNNING, JobState.CANCELING)
MOST_WORKERS = 10_000


@dataclass(frozen=True, kw_only=True)
class Backlog:
    """The service as it stands at one moment; ages in seconds."""

    jobs: Mapping[tuple[str, str], int]
    """By queue and state, of those that have not ended."""
    oldest_job: Mapping[str, float]
    """By queue, since the oldest job that waits was submitted."""
    workers: Mapping[str, int]
    """By state."""
    outbox: Mapping[str, int]
    """By topic, what is due."""
    oldest_outbox: Mapping[str, float]
    """By topic, since the oldest of it was due."""
    deliveries: int
    """Webhooks that will be tried, or tried again."""
    late_deliveries: int
    """Those of them that are due."""


def backlog(session: ReadSession, now: datetime) -> Backlog:
    """Everything that is under way."""
    jobs = select(JobRow.queue, JobRow.state, func.count(), func.min(JobRow.created_at)).where(JobRow.state.in_(LIVE))
    found = session.rows(jobs.group_by(JobRow.queue, JobRow.state))
    due = select(OutboxRow.topic, func.count(), func.min(OutboxRow.available_at)).where(OutboxRow.available_at <= now)
    items = session.rows(due.group_by(OutboxRow.topic))
    pending = (
        select(func.count()).select_from(WebhookDeliveryRow).where(WebhookDeliveryRow.next_attempt_at.is_not(None))
    )
    seen = workers.list_seen(session, MOST_WORKERS)
    return Backlog(
        jobs={(queue, state): num for queue, state, num, _ in found},
        oldest_job={queue: _age(first, now) for queue, state, _, first in found if state == JobState.QUEUED},
        workers=Counter(str(workers.view(one, now).state) for one in seen),
        outbox={topic: num for topic, num, _ in items},
        oldest_outbox={topic: _age(first, now) for topic, _, first in items},
        deliveries=session.scalar(pending) or 0,
        late_deliveries=session.scalar(pending.where(WebhookDeliveryRow.next_attempt_at <= now)) or 0,
    )


def _age(since: datetime, now: datetime) -> float:
    return max(0.0, (now - since).total_seconds())
