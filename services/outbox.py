"""The outbox: what must happen outside SQL, written in the transaction of the fact that asks for it.

At least once: whoever takes an item holds it for a while, acts, and calls `done`; if it dies, the item comes back.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select, update

from services.db.dialects import insert_unless_there
from services.db.sessions import WriteSession
from services.db.tables import OutboxRow

NOTIFY = "ring"
"""A worker of a queue is to be notified. The stored value predates the name."""
WEBHOOK = "webhook"
DELETE = "delete"


@dataclass(frozen=True)
class OutboxItem:
    """Something to be done. `takes` counts how often it was handed out, this time included."""

    id: int
    topic: str
    payload: dict[str, Any]
    takes: int
    created_at: datetime


def put(
    session: WriteSession, topic: str, payload: dict[str, Any], now: datetime, deduplication_key: str | None = None
) -> None:
    """Ask for something. An item of this topic and key that still waits makes it a no-op."""
    values = {
        "topic": topic,
        "payload": payload,
        "deduplication_key": deduplication_key,
        "takes": 0,
        "available_at": now,
        "created_at": now,
    }
    insert_unless_there(session, OutboxRow, values)


def withdraw(session: WriteSession, topic: str, deduplication_key: str) -> bool:
    """Ask no longer for what was asked for under this key; false when it is gone, so that it may have happened."""
    here = (OutboxRow.topic == topic, OutboxRow.deduplication_key == deduplication_key)
    return bool(session.execute(delete(OutboxRow).where(*here)))


def take(
    session: WriteSession, topic: str, limit: int, now: datetime, hold_seconds: float = 60.0
) -> Sequence[OutboxItem]:
    """The oldest items that nobody holds; they stay hidden from others for `hold_seconds`."""
    due = (
        select(OutboxRow.id)
        .where(OutboxRow.topic == topic, OutboxRow.available_at <= now)
        .order_by(OutboxRow.id)
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


def done(session: WriteSession, id: int) -> None:
    """It has happened: forget it."""
    session.execute(delete(OutboxRow).where(OutboxRow.id == id))


def again(session: WriteSession, id: int, at: datetime) -> None:
    """It could not happen yet: hand it out again from `at` on."""
    session.execute(update(OutboxRow).where(OutboxRow.id == id).values(available_at=at))


def _item(row: OutboxRow) -> OutboxItem:
    return OutboxItem(row.id, row.topic, row.payload, row.takes, row.created_at)
