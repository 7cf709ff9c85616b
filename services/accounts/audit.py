"""The audit log: one immutable entry for each administrative action, written in the action's transaction."""

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
    """The API key and the request of an action; no key for a command run on the server."""

    tenant_id: str | None = None
    key_id: str | None = None
    request_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class AuditFilter:
    """Conditions on listed entries; None matches every entry."""

    action: str | None = None
    target: str | None = None


def record(
    session: WriteSession, actor: Actor, action: str, target: str, details: dict[str, Any], now: datetime
) -> None:
    """Record an action. `details` must not contain secrets."""
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


def list_page(session: ReadSession, limit: int, after: str | None, only: AuditFilter) -> Sequence[AuditRow]:
    """Up to `limit` entries, newest first, after the entry `after`."""
    query = select(AuditRow)
    for column, value in {AuditRow.action: only.action, AuditRow.target: only.target}.items():
        query = query if value is None else query.where(column == value)
    query = query if after is None else query.where(AuditRow.id < after)
    return session.scalars(query.order_by(AuditRow.id.desc()).limit(limit))
