"""Webhook endpoints and their deliveries."""

from collections.abc import AsyncIterator, Sequence

from choreo._async.calls import PAGE, AsyncCalls, walk
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


class AsyncWebhookEndpoints:
    """Register endpoints, read deliveries, redeliver."""

    def __init__(self, calls: AsyncCalls) -> None:
        self._calls = calls

    async def create(
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
        return await self._calls.ask(
            create_webhook_endpoint.asyncio, client=self._calls.client, body=body, idempotency_key=key
        )

    async def get(self, id: str) -> WebhookEndpoint:
        """Raises NotFound."""
        return await self._calls.ask(get_webhook_endpoint.asyncio, id, client=self._calls.client)

    def list(self) -> AsyncIterator[WebhookEndpoint]:
        """All endpoints, newest first."""
        return walk(
            lambda cursor: self._calls.ask(
                list_webhook_endpoints.asyncio, client=self._calls.client, limit=PAGE, cursor=cursor
            )
        )

    async def update(
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
        return await self._calls.ask(update_webhook_endpoint.asyncio, id, client=self._calls.client, body=body)

    async def delete(self, id: str) -> None:
        """Delete the endpoint with its delivery log. Raises NotFound."""
        await self._calls.run(delete_webhook_endpoint.asyncio_detailed, id, client=self._calls.client)

    async def rotate_secret(self, id: str, *, idempotency_key: str | None = None) -> WebhookEndpointWithSecret:
        """Create a new secret; for 24 hours messages are signed with both."""
        key = or_unset(idempotency_key)
        return await self._calls.ask(rotate_webhook_secret.asyncio, id, client=self._calls.client, idempotency_key=key)

    async def test(self, id: str) -> WebhookDelivery:
        """Send a `webhook.test`; read the delivery for its result."""
        return await self._calls.ask(test_webhook_endpoint.asyncio, id, client=self._calls.client)

    def deliveries(
        self, *, endpoint: str | None = None, job: str | None = None, state: DeliveryState | None = None
    ) -> AsyncIterator[WebhookDelivery]:
        """Deliveries, optionally of one endpoint or job, newest first."""
        return walk(
            lambda cursor: self._calls.ask(
                list_deliveries.asyncio,
                client=self._calls.client,
                limit=PAGE,
                cursor=cursor,
                endpoint=or_unset(endpoint),
                job=or_unset(job),
                state=or_unset(state),
            )
        )

    async def delivery(self, id: str) -> WebhookDelivery:
        """One delivery with its attempts. Raises NotFound."""
        return await self._calls.ask(get_delivery.asyncio, id, client=self._calls.client)

    async def redeliver(self, id: str) -> WebhookDelivery:
        """Send a message again at once, with the same `webhook-id`."""
        return await self._calls.ask(redeliver.asyncio, id, client=self._calls.client)
