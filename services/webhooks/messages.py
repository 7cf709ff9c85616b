"""From what the outbox asks for to a message and its deliveries: the exact text that will be signed, fixed once."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from services import outbox
from services.db.dialects import insert_if_absent
from services.db.sessions import WriteSession
from services.db.tables import WebhookDeliveryRow, WebhookMessageRow
from services.webhooks import service
from shared.ids import new_id
from shared.schemas.endpoint import DeliveryState

MAX_BODY_BYTES = 20_000
LONGEST_ERROR = 1000


class Receiver(NamedTuple):
    """Who gets a message: an endpoint, or a job's one-off URL (no endpoint)."""

    url: str
    endpoint_id: str | None = None


def accept(session: WriteSession, item: outbox.OutboxItem, now: datetime) -> None:
    """Writes an outbox item's message and a delivery for each receiver, and is done with it; twice is the same as once.

    Receivers are the job's own URL and the tenant's endpoints that want this type at this moment.
    """
    receivers = _receivers(session, item.payload)
    values = message(item.payload, now)
    if receivers and insert_if_absent(session, WebhookMessageRow, values):
        session.add(*(delivery(values, one, now) for one in receivers))
    outbox.done(session, item.id)


def message(payload: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """The columns of a message: what is said, about whom, and the body that will be signed."""
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


def delivery(message: Mapping[str, Any], receiver: Receiver, now: datetime) -> WebhookDeliveryRow:
    """A message that is to be sent to one receiver, from now on."""
    return WebhookDeliveryRow(
        id=new_id("whd", now),
        tenant_id=message["tenant_id"],
        message_id=message["id"],
        endpoint_id=receiver.endpoint_id,
        url=receiver.url,
        state=DeliveryState.PENDING,
        attempts=0,
        ladder_from=0,
        next_attempt_at=now,
        created_at=now,
        finished_at=None,
    )


def _receivers(session: WriteSession, payload: Mapping[str, Any]) -> list[Receiver]:
    one_off = [Receiver(payload["url"])] if payload["url"] else []
    endpoints = service.wanting(session, payload["tenant_id"], payload["type"])
    return one_off + [Receiver(one.url, one.id) for one in endpoints]


def _as_it_is(data: dict[str, Any]) -> dict[str, Any]:
    return data


def _without_metadata(data: dict[str, Any]) -> dict[str, Any]:
    return data | {"metadata": {}} if "metadata" in data else data


def _with_short_error(data: dict[str, Any]) -> dict[str, Any]:
    error = data.get("error")
    return data | {"error": error | {"message": error["message"][:LONGEST_ERROR]}} if error else data


def _only_short(data: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in data.items() if len(json.dumps(value)) <= LONGEST_ERROR // 2}
