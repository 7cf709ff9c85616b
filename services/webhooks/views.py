"""Endpoints and deliveries as the API returns them."""

from typing import Any

from services.db.tables import WebhookEndpointRow
from services.webhooks.delivery_log import LoggedDelivery
from services.webhooks.secret_box import SecretBox
from shared.schemas.endpoint import WebhookDelivery, WebhookEndpoint, WebhookEndpointWithSecret


def endpoint(row: WebhookEndpointRow) -> WebhookEndpoint:
    """The endpoint resource, without its secret."""
    return WebhookEndpoint.model_validate(_endpoint(row))


def endpoint_with_secret(row: WebhookEndpointRow, secret_box: SecretBox) -> WebhookEndpointWithSecret:
    """A new endpoint with its secret."""
    return WebhookEndpointWithSecret.model_validate(_endpoint(row) | {"secret": secret_box.decrypt(row.secret)})


def delivery(logged: LoggedDelivery) -> WebhookDelivery:
    """The delivery resource with its attempts."""
    row = logged.delivery
    return WebhookDelivery.model_validate(
        {
            "id": row.id,
            "endpoint_id": row.endpoint_id,
            "event_id": logged.message.id,
            "type": logged.message.type,
            "job_id": logged.message.job_id,
            "url": row.url,
            "state": row.state,
            "attempts": [
                {"number": one.number, "at": one.at, "seconds": one.seconds, "status": one.status, "error": one.error}
                for one in logged.attempts
            ],
            "next_attempt_at": row.next_attempt_at,
            "created_at": row.created_at,
            "finished_at": row.finished_at,
        }
    )


def _endpoint(row: WebhookEndpointRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "url": row.url,
        "description": row.description,
        "event_types": row.event_types,
        "enabled": row.disabled_at is None,
        "disabled_at": row.disabled_at,
        "disabled_reason": row.disabled_reason,
        "previous_secret_until": row.previous_secret_until,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
    }
