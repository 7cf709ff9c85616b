"""Notifications that wake the workers of a queue, written to the outbox in the transaction that queues the work."""

from datetime import datetime, timedelta

from services import outbox
from services.db.sessions import WriteSession

NOTIFY_AGAIN = timedelta(seconds=30)
"""Delay before the sweep repeats the notification for a job that is still queued."""


def notify(session: WriteSession, queue: str, at: datetime, deduplication_key: str | None = None) -> None:
    """Notify a worker of this queue, not before `at`. A pending notification with the same key makes it a no-op."""
    outbox.put(session, outbox.NOTIFY, {"queue": queue}, at, deduplication_key)
