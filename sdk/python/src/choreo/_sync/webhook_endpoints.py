"""Webhook endpoints and their deliveries."""

from collections.abc import Iterator, Sequence

from choreo._sync.calls import PAGE, Calls, walk
from choreo.generated.api.webhooks import (
    create_webhook_endpoint,
    delete_webhook_endpoint,
    get_delivery,
    get_webhook_endpoint,
    list_deliveries,
    list_webhook_endpoints,
    redeliver,
    rotate_webhook_secret,
    test_webhook_endpoint,
    update_webhook_endpoint,
)
from choreo.generated.models import (
    DeliveryState,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEndpointCreate,
    WebhookEndpointPatch,
    WebhookEndpointWithSecret,
)
from choreo.generated.types import UNSET
from choreo.models import EventChoice
from choreo.responses import or_unset


class WebhookEndpoints:
    """Register endpoints, read deliveries, redeliver."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def create(
        self,
        url: str,
        *,
        description: str = "",
        event_types: Sequence[EventChoice] = (),
        idempotency_key: str | None = None,
    ) -> WebhookEndpointWithSecret:
        """Register an endpoint for these event types, or for all. Only this response contains the `secret`."""
        body = WebhookEndpointCreate(url=url, description=description, event_types=[*event_types])
        key = or_unset(idempotency_key)
        return self._calls.ask(create_webhook_endpoint.sync, client=self._calls.client, body=body, idempotency_key=key)

    def get(self, id: str) -> WebhookEndpoint:
        """Raises NotFound."""
        return self._calls.ask(get_webhook_endpoint.sync, id, client=self._calls.client)

    def list(self) -> Iterator[WebhookEndpoint]:
        """All endpoints, newest first."""
        return walk(
            lambda cursor: self._calls.ask(
                list_webhook_endpoints.sync, client=self._calls.client, limit=PAGE, cursor=cursor
            )
        )

    def update(
        self,
        id: str,
        *,
        url: str | None = None,
        description: str | None = None,
        event_types: Sequence[EventChoice] | None = None,
        enabled: bool | None = None,
    ) -> WebhookEndpoint:
        """Change the given fields. Raises NotFound."""
        body = WebhookEndpointPatch(
            url=or_unset(url),
            description=or_unset(description),
            event_types=UNSET if event_types is None else [*event_types],
            enabled=or_unset(enabled),
        )
        return self._calls.ask(update_webhook_endpoint.sync, id, client=self._calls.client, body=body)

    def delete(self, id: str) -> None:
        """Delete the endpoint with its delivery log. Raises NotFound."""
        self._calls.run(delete_webhook_endpoint.sync_detailed, id, client=self._calls.client)

    def rotate_secret(self, id: str, *, idempotency_key: str | None = None) -> WebhookEndpointWithSecret:
        """Create a new secret; for 24 hours messages are signed with both."""
        key = or_unset(idempotency_key)
        return self._calls.ask(rotate_webhook_secret.sync, id, client=self._calls.client, idempotency_key=key)

    def test(self, id: str) -> WebhookDelivery:
        """Send a `webhook.test`; read the delivery for its result."""
        return self._calls.ask(test_webhook_endpoint.sync, id, client=self._calls.client)

    def deliveries(
        self, *, endpoint: str | None = None, job: str | None = None, state: DeliveryState | None = None
    ) -> Iterator[WebhookDelivery]:
        """Deliveries, optionally of one endpoint or job, newest first."""
        return walk(
            lambda cursor: self._calls.ask(
                list_deliveries.sync,
                client=self._calls.client,
                limit=PAGE,
                cursor=cursor,
                endpoint=or_unset(endpoint),
                job=or_unset(job),
                state=or_unset(state),
            )
        )

    def delivery(self, id: str) -> WebhookDelivery:
        """One delivery with its attempts. Raises NotFound."""
        return self._calls.ask(get_delivery.sync, id, client=self._calls.client)

    def redeliver(self, id: str) -> WebhookDelivery:
        """Send a message again at once, with the same `webhook-id`."""
        return self._calls.ask(redeliver.sync, id, client=self._calls.client)
