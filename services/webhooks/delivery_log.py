"""The delivery log of a tenant, redelivery, and test messages."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import or_, select, update

from services.db.sessions import ReadSession, WriteSession
from services.db.tables import WebhookAttemptRow, WebhookDeliveryRow, WebhookMessageRow
from services.webhooks import messages, service
from services.webhooks.bulkhead import receiver_of
from services.webhooks.retry_schedule import HOLD_SECONDS
from shared.errors import NotFound
from shared.ids import new_id
from shared.schemas.endpoint import TEST, DeliveryState
from shared.schemas.webhook import EndpointTest, WebhookPayload


@dataclass(frozen=True, kw_only=True)
class DeliveryFilter:
    """Conditions on listed deliveries; None matches every delivery."""

    endpoint_id: str | None = None
    job_id: str | None = None
    state: DeliveryState | None = None


class LoggedDelivery(NamedTuple):
    """A delivery with its message and attempts."""

    delivery: WebhookDeliveryRow
    message: WebhookMessageRow
    attempts: Sequence[WebhookAttemptRow]


def get(session: ReadSession, tenant_id: str, delivery_id: str) -> LoggedDelivery:
    """Raises NotFound."""
    row = session.get(WebhookDeliveryRow, delivery_id)
    if row is None or row.tenant_id != tenant_id:
        raise NotFound(f"no delivery {delivery_id}")
    message = session.get(WebhookMessageRow, row.message_id)
    if message is None:
        raise AssertionError(f"{delivery_id} has no message")
    return LoggedDelivery(row, message, _attempts(session, [row.id])[row.id])


def list_page(
    session: ReadSession, tenant_id: str, limit: int, after: str | None = None, only: DeliveryFilter | None = None
) -> list[LoggedDelivery]:
    """Up to `limit` deliveries, newest first, after the delivery `after`."""
    only = only or DeliveryFilter()
    query = (
        select(WebhookDeliveryRow, WebhookMessageRow)
        .join(WebhookMessageRow, WebhookMessageRow.id == WebhookDeliveryRow.message_id)
        .where(WebhookDeliveryRow.tenant_id == tenant_id)
    )
    wanted = {
        WebhookDeliveryRow.endpoint_id: only.endpoint_id,
        WebhookMessageRow.job_id: only.job_id,
        WebhookDeliveryRow.state: only.state,
    }
    for column, value in wanted.items():
        query = query if value is None else query.where(column == value)
    if after is not None:
        query = query.where(WebhookDeliveryRow.id < after)
    rows = session.rows(query.order_by(WebhookDeliveryRow.id.desc()).limit(limit))
    attempts = _attempts(session, [delivery.id for delivery, _ in rows])
    return [LoggedDelivery(delivery, message, attempts[delivery.id]) for delivery, message in rows]


def redeliver(session: WriteSession, tenant_id: str, delivery_id: str, now: datetime) -> LoggedDelivery:
    """Send the same message to the same receiver again, with a full retry schedule. Its log continues.

    A delivery that is being attempted, or is due within a minute, is not changed. Raises NotFound, EndpointDisabled.
    """
    found = get(session, tenant_id, delivery_id).delivery
    values: dict[str, Any] = {"state": DeliveryState.PENDING, "next_attempt_at": now, "finished_at": None}
    endpoint_id = found.endpoint_id
    url = found.url if endpoint_id is None else service.lock_enabled(session, tenant_id, endpoint_id).url
    values |= {"url": url, "receiver": receiver_of(url)}
    later = WebhookDeliveryRow.next_attempt_at > now + timedelta(seconds=HOLD_SECONDS)
    idle = or_(WebhookDeliveryRow.state != DeliveryState.PENDING, later)
    again = update(WebhookDeliveryRow).where(WebhookDeliveryRow.id == delivery_id, idle)
    session.execute(again.values(**values, attempts_before_redelivery=WebhookDeliveryRow.attempts))
    return get(session, tenant_id, delivery_id)


def send_test(
    session: WriteSession, tenant_id: str, endpoint_id: str, now: datetime, traceparent: str | None = None
) -> LoggedDelivery:
    """Queue a `webhook.test` message for an endpoint, whatever its event types. Raises NotFound, EndpointDisabled."""
    endpoint = service.lock_enabled(session, tenant_id, endpoint_id)
    data = EndpointTest(endpoint_id=endpoint_id).model_dump()
    payload = WebhookPayload(type=TEST, timestamp=now, data=data).model_dump(mode="json")
    about = {"id": new_id("evt", now), "tenant_id": tenant_id, "job_id": None, "traceparent": traceparent}
    message = messages.message(payload | about, now)
    delivery = messages.delivery(message, messages.Receiver(endpoint.url, endpoint.id), now)
    row = WebhookMessageRow(**message)
    session.add(row)
    session.add(delivery)
    return LoggedDelivery(delivery, row, [])


def _attempts(session: ReadSession, ids: Iterable[str]) -> defaultdict[str, list[WebhookAttemptRow]]:
    query = select(WebhookAttemptRow).where(WebhookAttemptRow.delivery_id.in_(ids)).order_by(WebhookAttemptRow.number)
    found: defaultdict[str, list[WebhookAttemptRow]] = defaultdict(list)
    for attempt in session.scalars(query):
        found[attempt.delivery_id].append(attempt)
    return found
