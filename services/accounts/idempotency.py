"""Idempotency keys: the first answer is stored in the transaction of what it answers, and replayed for 24 hours.

A short request calls `begin`, does its work and calls `complete` in one transaction. A long one commits after `begin`
and calls `complete` (or, after an error, `forget`) in a later transaction; until then others are told it is in flight.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, select, update

from services.db.dialects import insert_if_absent
from services.db.sessions import WriteSession
from services.db.tables import IdempotencyRow
from shared.errors import IdempotencyInFlight, IdempotencyMismatch

KEPT = timedelta(hours=24)
BUSY = timedelta(minutes=5)


@dataclass(frozen=True)
class Replay:
    """The first answer: its HTTP status and its body as it was sent."""

    status: int
    body: str


def fingerprint(method: str, path: str, body: bytes) -> str:
    """What makes two requests the same."""
    return hashlib.sha256(b"\0".join([method.encode(), path.encode(), body])).hexdigest()


def begin(session: WriteSession, tenant_id: str, key: str, fingerprint: str, now: datetime) -> Replay | None:
    """Take the key, or find the answer that was given under it. None means: go ahead.

    Raises IdempotencyMismatch if the key came with another request, IdempotencyInFlight if the first still runs.
    """
    session.execute(
        delete(IdempotencyRow).where(
            IdempotencyRow.tenant_id == tenant_id, IdempotencyRow.key == key, IdempotencyRow.expires_at <= now
        )
    )
    row = {"tenant_id": tenant_id, "key": key, "fingerprint": fingerprint}
    times = {"busy_until": now + BUSY, "expires_at": now + KEPT}
    if insert_if_absent(session, IdempotencyRow, row | times):
        return None
    return _meet(session, tenant_id, key, fingerprint, now)


def complete(session: WriteSession, tenant_id: str, key: str, status: int, body: str, now: datetime) -> None:
    """Store the answer that a repeated request gets for the next 24 hours."""
    answer = {"status": status, "body": body, "expires_at": now + KEPT}
    session.execute(update(IdempotencyRow).where(*_is(tenant_id, key)).values(answer))


def forget(session: WriteSession, tenant_id: str, key: str) -> None:
    """Nothing came of the request: the key is free again."""
    session.execute(delete(IdempotencyRow).where(*_is(tenant_id, key), IdempotencyRow.status.is_(None)))


def purge(session: WriteSession, now: datetime) -> int:
    """Drop answers that are no longer kept; returns how many."""
    return session.execute(delete(IdempotencyRow).where(IdempotencyRow.expires_at <= now))


def _meet(session: WriteSession, tenant_id: str, key: str, fingerprint: str, now: datetime) -> Replay | None:
    first = session.scalar(select(IdempotencyRow).where(*_is(tenant_id, key)).with_for_update())
    if first is None:  # it was forgotten a moment ago
        raise IdempotencyInFlight(retry_after=1.0)
    if first.fingerprint != fingerprint:
        raise IdempotencyMismatch(f"the idempotency key {key!r} was used with another request")
    if first.status is not None and first.body is not None:
        return Replay(first.status, first.body)
    if first.busy_until > now:
        raise IdempotencyInFlight(retry_after=1.0)
    session.execute(update(IdempotencyRow).where(*_is(tenant_id, key)).values(busy_until=now + BUSY))
    return None


def _is(tenant_id: str, key: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return IdempotencyRow.tenant_id == tenant_id, IdempotencyRow.key == key
