"""From what the outbox asks for to a message and its deliveries: the exact text that will be signed, fixed once."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services import outbox
from services.db.dialects import insert_unless_there
from services.db.sessions import WriteSession
from services.db.tables import WebhookDeliveryRow, WebhookMessageRow
from services.webhooks.schedule import DeliveryState
from shared.ids import new_id

MAX_BODY_BYTES = 20_000
LONGEST_ERROR = 1000


class BodyTooLarge(ValueError):
    """A message stays over the contract's 20 kB although everything that may be left out was."""


def accept(session: WriteSession, item: outbox.OutboxItem, now: datetime) -> None:
    """Writes an outbox item's message and deliveries, and is done with the item; twice is the same as once."""
    payload = item.payload
    message = {
        "id": payload["id"],
        "tenant_id": payload["tenant_id"],
        "type": payload["type"],
        "body": body_of(payload),
        "job_id": payload["job_id"],
        "traceparent": payload["traceparent"],
        "created_at": now,
    }
    urls = [payload["url"]] if payload["url"] else []
    if urls and insert_unless_there(session, WebhookMessageRow, message):
        session.add(*(_delivery(message, url, now) for url in urls))
    outbox.done(session, item.id)


def body_of(payload: Mapping[str, Any]) -> str:
    """`{type, timestamp, data}` as compact JSON under 20 kB; metadata and long error messages give way first."""
    data: dict[str, Any] = payload["data"]
    for lighter in (data, _without_metadata(data), _with_short_error(_without_metadata(data))):
        whole = {"type": payload["type"], "timestamp": payload["timestamp"], "data": lighter}
        body = json.dumps(whole, separators=(",", ":"), ensure_ascii=False)
        if len(body.encode()) < MAX_BODY_BYTES:
            return body
    raise BodyTooLarge(f"webhook {payload['id']} ({payload['type']})")


def _delivery(message: Mapping[str, Any], url: str, now: datetime) -> WebhookDeliveryRow:
    return WebhookDeliveryRow(
        id=new_id("whd", now),
        tenant_id=message["tenant_id"],
        message_id=message["id"],
        endpoint_id=None,
        url=url,
        state=DeliveryState.PENDING,
        attempts=0,
        next_attempt_at=now,
        created_at=now,
        finished_at=None,
    )


def _without_metadata(data: dict[str, Any]) -> dict[str, Any]:
    return data | {"metadata": {}} if "metadata" in data else data


def _with_short_error(data: dict[str, Any]) -> dict[str, Any]:
    error = data.get("error")
    return data | {"error": error | {"message": error["message"][:LONGEST_ERROR]}} if error else data
