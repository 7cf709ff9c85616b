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
    """`{type, timestamp, data}` as compact JSON under 20 kB; metadata, long errors, then all long values give way."""
    data: dict[str, Any] = payload["data"]
    body = ""
    for lighten in (_as_it_is, _without_metadata, _with_short_error, _only_short):
        data = lighten(data)
        whole = {"type": payload["type"], "timestamp": payload["timestamp"], "data": data}
        body = json.dumps(whole, separators=(",", ":"), ensure_ascii=False)
        if len(body.encode()) < MAX_BODY_BYTES:
            break
    return body


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


def _as_it_is(data: dict[str, Any]) -> dict[str, Any]:
    return data


def _without_metadata(data: dict[str, Any]) -> dict[str, Any]:
    return data | {"metadata": {}} if "metadata" in data else data


def _with_short_error(data: dict[str, Any]) -> dict[str, Any]:
    error = data.get("error")
    return data | {"error": error | {"message": error["message"][:LONGEST_ERROR]}} if error else data


def _only_short(data: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in data.items() if len(json.dumps(value)) <= LONGEST_ERROR // 2}
