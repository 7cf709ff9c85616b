"""The transactional outbox: work outside SQL, inserted in the transaction that causes it.

At-least-once: a consumer takes an item for a limited time, does the work, and calls `done`. If the consumer crashes,
the item becomes available again.
"""

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select, update

from services.db.dialects import insert_if_absent
from services.db.sessions import WriteSession
from services.db.tables import OutboxRow

NOTIFY = "ring"
"""A worker of a queue is to be notified. The stored value predates the name."""
WEBHOOK = "webhook"
DELETE = "delete"
FIRST_PAUSE, MAX_PAUSE = timedelta(seconds=5), timedelta(hours=1)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class OutboxItem:
    """Work to be done. `takes` counts how often it was taken, including this time."""

    id: int
    topic: str
    payload: dict[str, Any]
    takes: int
    created_at: datetime


def put(
    session: WriteSession, topic: str, payload: dict[str, Any], now: datetime, deduplication_key: str | None = None
) -> None:
    """Insert an item. A no-op while an item with the same topic and deduplication key exists."""
    values = {
        "topic": topic,
        "payload": payload,
        "deduplication_key": deduplication_key,
        "takes": 0,
        "available_at": now,
        "created_at": now,
    }
    insert_if_absent(session, OutboxRow, values)


def withdraw(session: WriteSession, topic: str, deduplication_key: str) -> bool:
    """Delete the item with this key; False if it does not exist any more, so the work may have been done."""
    here = (OutboxRow.topic == topic, OutboxRow.deduplication_key == deduplication_key)
    return bool(session.execute(delete(OutboxRow).where(*here)))


def take(
    session: WriteSession, topic: str, limit: int, now: datetime, hold_seconds: float = 60.0
) -> Sequence[OutboxItem]:
    """Take the oldest available items; they are hidden from other consumers for `hold_seconds`."""
    due = (
        select(OutboxRow.id)
        .where(OutboxRow.topic == topic, OutboxRow.available_at <= now)
        .order_by(OutboxRow.available_at, OutboxRow.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    held = (
        update(OutboxRow)
        .where(OutboxRow.id.in_(session.scalars(due)))
        .values(available_at=now + timedelta(seconds=hold_seconds), takes=OutboxRow.takes + 1)
        .returning(OutboxRow)
    )
    return [_item(row) for row in sorted(session.returning(held), key=lambda row: row.id)]


def done(session: WriteSession, *ids: int) -> None:
    """The work is done: delete the items."""
    session.execute(delete(OutboxRow).where(OutboxRow.id.in_(ids)))


def retry_at(session: WriteSession, id: int, at: datetime) -> None:
    """The work could not be done: make the item available again at `at`."""
    session.execute(update(OutboxRow).where(OutboxRow.id == id).values(available_at=at))


def postpone(session: WriteSession, item: OutboxItem, error: Exception, now: datetime) -> None:
    """The work failed with `error`, which is logged: make the item available again after a pause.

    The pause doubles with every take, up to `MAX_PAUSE`, so that an item that always fails does little harm.
    """
    pause = min(MAX_PAUSE, FIRST_PAUSE * 2 ** min(item.takes - 1, 20))
    log.error("outbox item %d (%s) failed; it is tried again in %s", item.id, item.topic, pause, exc_info=error)
    retry_at(session, item.id, now + pause)


def release(session: WriteSession, items: Collection[OutboxItem], now: datetime) -> None:
    """The work was not begun: make the items available again."""
    ids = [item.id for item in items]
    session.execute(update(OutboxRow).where(OutboxRow.id.in_(ids)).values(available_at=now))


def _item(row: OutboxRow) -> OutboxItem:
    return OutboxItem(row.id, row.topic, row.payload, row.takes, row.created_at)
