"""Webhook endpoints. Every query is bound to a tenant; endpoints of other tenants are not found.

A transaction that changes an endpoint and its deliveries locks the endpoint first, so that no deadlock occurs.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete as delete_from
from sqlalchemy import func, select, update

from services.db.sessions import ReadSession, WriteSession
from services.db.tables import TenantRow, WebhookDeliveryRow, WebhookEndpointRow
from services.webhooks.bulkhead import receiver_of
from services.webhooks.secret_box import SecretBox
from services.webhooks.sign import new_secret
from shared.errors import Conflict, NotFound
from shared.ids import new_id
from shared.schemas.endpoint import (
    DeliveryState,
    DisabledReason,
    WebhookEndpointCreate,
    WebhookEndpointPatch,
    matches,
)

OVERLAP = timedelta(hours=24)
MAX_ENDPOINTS = 20


class EndpointDisabled(Conflict):
    """The endpoint is disabled; enable it first."""

    code, title = "endpoint_disabled", "Endpoint disabled"


class TooManyEndpoints(Conflict):
    """The tenant has the maximum number of endpoints."""

    code, title = "too_many_endpoints", "Too many endpoints"


def create(
    session: WriteSession, tenant_id: str, request: WebhookEndpointCreate, now: datetime, secret_box: SecretBox
) -> WebhookEndpointRow:
    """Create an endpoint with its own secret. Raises TooManyEndpoints."""
    session.scalar(select(TenantRow.id).where(TenantRow.id == tenant_id).with_for_update())
    there = select(func.count()).select_from(WebhookEndpointRow).where(WebhookEndpointRow.tenant_id == tenant_id)
    if (session.scalar(there) or 0) >= MAX_ENDPOINTS:
        raise TooManyEndpoints(f"a tenant may have {MAX_ENDPOINTS} webhook endpoints; delete one first")
    row = WebhookEndpointRow(
        id=new_id("whe", now),
        tenant_id=tenant_id,
        url=request.url,
        description=request.description,
        event_types=request.event_types,
        secret=secret_box.encrypt(new_secret()),
        created_at=now,
        updated_at=now,
    )
    session.add(row)
    return row


def get(session: ReadSession, tenant_id: str, endpoint_id: str) -> WebhookEndpointRow:
    """Raises NotFound."""
    row = session.get(WebhookEndpointRow, endpoint_id)
    if row is None or row.tenant_id != tenant_id:
        raise NotFound(f"no webhook endpoint {endpoint_id}")
    return row


def list_page(
    session: ReadSession, tenant_id: str, limit: int, after: str | None = None
) -> Sequence[WebhookEndpointRow]:
    """Up to `limit` endpoints, newest first, after the endpoint `after`."""
    query = select(WebhookEndpointRow).where(WebhookEndpointRow.tenant_id == tenant_id)
    if after is not None:
        query = query.where(WebhookEndpointRow.id < after)
    return session.scalars(query.order_by(WebhookEndpointRow.id.desc()).limit(limit))


def patch(
    session: WriteSession, tenant_id: str, endpoint_id: str, request: WebhookEndpointPatch, now: datetime
) -> WebhookEndpointRow:
    """Set the fields of the request. Pending deliveries use a new URL, and end with a disabled endpoint.

    Raises NotFound.
    """
    row = lock(session, tenant_id, endpoint_id)
    values = request.model_dump(exclude_none=True, exclude={"enabled"}) | _switch(row, request.enabled, now)
    row = _change(session, row.id, values, now)
    if request.enabled is False:
        _stop(session, row.id, now)
    if request.url is not None:
        target = {"url": request.url, "receiver": receiver_of(request.url)}
        session.execute(update(WebhookDeliveryRow).where(*_pending(row.id)).values(target))
    return row


def delete(session: WriteSession, tenant_id: str, endpoint_id: str) -> None:
    """Delete an endpoint with its delivery log and pending deliveries. Raises NotFound."""
    lock(session, tenant_id, endpoint_id)
    session.execute(delete_from(WebhookEndpointRow).where(WebhookEndpointRow.id == endpoint_id))


def rotate_secret(
    session: WriteSession, tenant_id: str, endpoint_id: str, now: datetime, secret_box: SecretBox
) -> WebhookEndpointRow:
    """Create a new secret. The previous one also signs for 24 hours; an older one no longer signs. Raises NotFound."""
    row = lock(session, tenant_id, endpoint_id)
    overlap = {"previous_secret": row.secret, "previous_secret_until": now + OVERLAP}
    return _change(session, row.id, overlap | {"secret": secret_box.encrypt(new_secret())}, now)


def disable(session: WriteSession, endpoint_id: str, reason: DisabledReason, now: datetime) -> None:
    """Disable an endpoint and end its pending deliveries. Not bound to a tenant."""
    enabled = (WebhookEndpointRow.id == endpoint_id, WebhookEndpointRow.disabled_at.is_(None))
    values = {"disabled_at": now, "disabled_reason": reason, "updated_at": now}
    if session.execute(update(WebhookEndpointRow).where(*enabled).values(values)):
        _stop(session, endpoint_id, now)


def subscribed(session: WriteSession, tenant_id: str, event_type: str) -> list[WebhookEndpointRow]:
    """The tenant's enabled endpoints that subscribe to this event type, locked until the transaction ends."""
    enabled = (WebhookEndpointRow.tenant_id == tenant_id, WebhookEndpointRow.disabled_at.is_(None))
    query = select(WebhookEndpointRow).where(*enabled).order_by(WebhookEndpointRow.id)
    return [row for row in session.scalars(query.with_for_update(read=True)) if matches(row.event_types, event_type)]


def lock(session: WriteSession, tenant_id: str, endpoint_id: str) -> WebhookEndpointRow:
    """The endpoint, locked until the transaction ends. Raises NotFound."""
    row = session.scalar(select(WebhookEndpointRow).where(WebhookEndpointRow.id == endpoint_id).with_for_update())
    if row is None or row.tenant_id != tenant_id:
        raise NotFound(f"no webhook endpoint {endpoint_id}")
    return row


def lock_enabled(session: WriteSession, tenant_id: str, endpoint_id: str) -> WebhookEndpointRow:
    """The enabled endpoint, locked. Raises NotFound, EndpointDisabled."""
    row = lock(session, tenant_id, endpoint_id)
    if row.disabled_at is not None:
        raise EndpointDisabled(f"{endpoint_id} is disabled; enable it first")
    return row


def secrets_of(row: WebhookEndpointRow, now: datetime) -> tuple[str, ...]:
    """The active secrets, newest first, encrypted."""
    overlaps = row.previous_secret_until is not None and row.previous_secret_until > now
    return (row.secret, row.previous_secret) if overlaps and row.previous_secret else (row.secret,)


def _switch(row: WebhookEndpointRow, enabled: bool | None, now: datetime) -> dict[str, Any]:  # noqa: FBT001 - a field
    if enabled is None or enabled == (row.disabled_at is None):
        return {}
    return {"disabled_at": None if enabled else now, "disabled_reason": None if enabled else "by_request"}


def _change(session: WriteSession, endpoint_id: str, values: dict[str, Any], now: datetime) -> WebhookEndpointRow:
    change = update(WebhookEndpointRow).where(WebhookEndpointRow.id == endpoint_id).values(values | {"updated_at": now})
    return session.returning(change.returning(WebhookEndpointRow))[0]


def _stop(session: WriteSession, endpoint_id: str, now: datetime) -> None:
    ended = {"state": DeliveryState.DISABLED, "next_attempt_at": None, "finished_at": now}
    session.execute(update(WebhookDeliveryRow).where(*_pending(endpoint_id)).values(ended))


def _pending(endpoint_id: str) -> tuple[Any, Any]:
    return WebhookDeliveryRow.endpoint_id == endpoint_id, WebhookDeliveryRow.state == DeliveryState.PENDING
