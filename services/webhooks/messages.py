"""Creates messages and deliveries from outbox items. A message's body is the exact text that is signed."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from services import outbox
from services.db.dialects import insert_if_absent
from services.db.sessions import WriteSession
from services.db.tables import WebhookDeliveryRow, WebhookMessageRow
from services.webhooks import service
from services.webhooks.bulkhead import receiver_of
from shared.ids import new_id
from shared.schemas.endpoint import DeliveryState

MAX_BODY_BYTES = 20_000
MAX_ERROR_LENGTH = 1000


class Receiver(NamedTuple):
    """The receiver of a message: an endpoint, or a job's `webhook_url` (no endpoint)."""

    url: str
    endpoint_id: str | None = None


def accept(session: WriteSession, item: outbox.OutboxItem, now: datetime) -> None:
    """Insert an outbox item's message and one delivery for each receiver, and delete the item. Idempotent.

    Receivers are the job's `webhook_url` and the tenant's endpoints that subscribe to this type now.
    """
    receivers = _receivers(session, item.payload)
    values = message(item.payload, now)
    if receivers and insert_if_absent(session, WebhookMessageRow, values):
        session.add(*(delivery(values, one, now) for one in receivers))
    outbox.done(session, item.id)


def message(payload: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """The columns of a message, with the body to be signed."""
    return {
        "id": payload["id"],
        "tenant_id": payload["tenant_id"],
        "type": payload["type"],
        "body": body_of(payload),
        "job_id": payload["job_id"],
        "traceparent": payload["traceparent"],
        "created_at": now,
    }


def body_of(payload: Mapping[str, Any]) -> str:
    """`{type, timestamp, data}` as compact JSON under 20 kB. Metadata, then long values are removed to fit."""
    data: dict[str, Any] = payload["data"]
    body = ""
    for lighten in (_unchanged, _without_metadata, _with_short_error, _short_values_only):
        data = lighten(data)
        whole = {"type": payload["type"], "timestamp": payload["timestamp"], "data": data}
        body = json.dumps(whole, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
        if len(body.encode()) < MAX_BODY_BYTES:
            break
    return body


def delivery(message: Mapping[str, Any], receiver: Receiver, now: datetime) -> WebhookDeliveryRow:
    """A delivery of a message to one receiver, due now."""
    return WebhookDeliveryRow(
        id=new_id("whd", now),
        tenant_id=message["tenant_id"],
        message_id=message["id"],
        endpoint_id=receiver.endpoint_id,
        url=receiver.url,
        receiver=receiver_of(receiver.url),
        state=DeliveryState.PENDING,
        attempts=0,
        attempts_before_redelivery=0,
        next_attempt_at=now,
        created_at=now,
        finished_at=None,
    )


def _receivers(session: WriteSession, payload: Mapping[str, Any]) -> list[Receiver]:
    one_off = [Receiver(payload["url"])] if payload["url"] else []
    endpoints = service.subscribed(session, payload["tenant_id"], payload["type"])
    return one_off + [Receiver(one.url, one.id) for one in endpoints]


def _unchanged(data: dict[str, Any]) -> dict[str, Any]:
    return data


def _without_metadata(data: dict[str, Any]) -> dict[str, Any]:
    return data | {"metadata": {}} if "metadata" in data else data


def _with_short_error(data: dict[str, Any]) -> dict[str, Any]:
    error = data.get("error")
    return data | {"error": error | {"message": error["message"][:MAX_ERROR_LENGTH]}} if error else data


def _short_values_only(data: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value for name, value in data.items() if len(json.dumps(value, allow_nan=False)) <= MAX_ERROR_LENGTH // 2
    }
