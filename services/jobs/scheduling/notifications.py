"""Notifications that wake the workers of a queue, written to the outbox in the transaction that queues the work.

The relay sends one message for all notifications of a queue, unless one is waiting for a worker already. The worker
that claims a job notifies the next one while more jobs wait (`services.jobs.scheduling.workers`).
"""

from datetime import datetime

from services import outbox
from services.db.sessions import WriteSession
from services.jobs.scheduling.waiting import queues_with_due_jobs


def notify(session: WriteSession, queue: str, at: datetime, deduplication_key: str | None = None) -> None:
    """Notify a worker of this queue, not before `at`. A pending notification with the same key makes it a no-op."""
    outbox.put(session, outbox.NOTIFY, {"queue": queue}, at, deduplication_key)


def notify_waiting(session: WriteSession, now: datetime) -> list[str]:
    """Notify each queue that has a due job: the first notification may have been lost with the broker.

    Returns these queues. The number of statements does not depend on the number of jobs.
    """
    queues = queues_with_due_jobs(session, now)
    for queue in queues:
        notify(session, queue, now, f"waiting:{queue}")
    return queues
