"""The audit log: each admin act, written in the transaction that carries it out, and never changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from services.db.sessions import ReadSession, WriteSession
from services.db.tables import AuditRow
from shared.ids import new_id


@dataclass(frozen=True)
class Actor:
    """Who acts, by which request; without a key it is a command on the service's machine."""

    tenant_id: str | None = None
    key_id: str | None = None
    request_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class Filter:
    """Which acts to list; None means any."""

    action: str | None = None
    target: str | None = None


def record(
    session: WriteSession, actor: Actor, action: str, target: str, details: dict[str, Any], now: datetime
) -> None:
    """Put an act on record. `details` must hold no secret."""
    session.add(
        AuditRow(
            id=new_id("aud", now),
            at=now,
            actor_tenant_id=actor.tenant_id,
            actor_key_id=actor.key_id,
            action=action,
            target=target,
            details=details,
            request_id=actor.request_id,
        )
    )


def list_page(session: ReadSession, limit: int, after: str | None, only: Filter) -> Sequence[AuditRow]:
    """Up to `limit` acts, newest first, older than the act `after`."""
    query = select(AuditRow)
    for column, value in {AuditRow.action: only.action, AuditRow.target: only.target}.items():
        query = query if value is None else query.where(column == value)
    query = query if after is None else query.where(AuditRow.id < after)
    return session.scalars(query.order_by(AuditRow.id.desc()).limit(limit))
