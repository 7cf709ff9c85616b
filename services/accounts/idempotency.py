"""Idempotency keys: the first response is stored in the request's transaction and replayed for 24 hours.

A short request calls `begin`, does its work and calls `complete` in one transaction. A long one commits after `begin`
and calls `complete`, or `forget` after an error, in a later transaction. Until then repeated requests are refused.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, select, update

from services.db.dialects import insert_if_absent
from services.db.sessions import WriteSession
from services.db.tables import IdempotencyRow
from shared.errors import IdempotencyInFlight, IdempotencyMismatch

RETENTION = timedelta(hours=24)
IN_FLIGHT_TIMEOUT = timedelta(minutes=5)


@dataclass(frozen=True)
class Replay:
    """The stored first response: HTTP status and body."""

    status: int
    body: str


def fingerprint(method: str, path: str, body: bytes) -> str:
    """A hash of method, path and body; equal for equal requests."""
    return hashlib.sha256(b"\0".join([method.encode(), path.encode(), body])).hexdigest()


def begin(session: WriteSession, tenant_id: str, key: str, fingerprint: str, now: datetime) -> Replay | None:
    """Reserve the key, or return the response stored under it. None: the caller processes the request.

    Raises IdempotencyMismatch if the key came with another request, IdempotencyInFlight if the first still runs.
    """
    session.execute(
        delete(IdempotencyRow).where(
            IdempotencyRow.tenant_id == tenant_id, IdempotencyRow.key == key, IdempotencyRow.expires_at <= now
        )
    )
    row = {"tenant_id": tenant_id, "key": key, "fingerprint": fingerprint}
    times = {"busy_until": now + IN_FLIGHT_TIMEOUT, "expires_at": now + RETENTION}
    if insert_if_absent(session, IdempotencyRow, row | times):
        return None
    return _replay_or_raise(session, tenant_id, key, fingerprint, now)


def complete(session: WriteSession, tenant_id: str, key: str, status: int, body: str, now: datetime) -> None:
    """Store the response that repeated requests receive for the next 24 hours."""
    answer = {"status": status, "body": body, "expires_at": now + RETENTION}
    session.execute(update(IdempotencyRow).where(*_key_condition(tenant_id, key)).values(answer))


def forget(session: WriteSession, tenant_id: str, key: str) -> None:
    """Release the key after a request without effect."""
    session.execute(delete(IdempotencyRow).where(*_key_condition(tenant_id, key), IdempotencyRow.status.is_(None)))


def purge(session: WriteSession, now: datetime) -> int:
    """Delete expired responses; returns their number."""
    return session.execute(delete(IdempotencyRow).where(IdempotencyRow.expires_at <= now))


def _replay_or_raise(session: WriteSession, tenant_id: str, key: str, fingerprint: str, now: datetime) -> Replay | None:
    first = session.scalar(select(IdempotencyRow).where(*_key_condition(tenant_id, key)).with_for_update())
    if first is None:  # deleted concurrently
        raise IdempotencyInFlight(retry_after=1.0)
    if first.fingerprint != fingerprint:
        raise IdempotencyMismatch(f"the idempotency key {key!r} was used with another request")
    if first.status is not None and first.body is not None:
        return Replay(first.status, first.body)
    if first.busy_until > now:
        raise IdempotencyInFlight(retry_after=1.0)
    session.execute(
        update(IdempotencyRow).where(*_key_condition(tenant_id, key)).values(busy_until=now + IN_FLIGHT_TIMEOUT)
    )
    return None


def _key_condition(tenant_id: str, key: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return IdempotencyRow.tenant_id == tenant_id, IdempotencyRow.key == key
