"""Webhook endpoints, which receive the events of a tenant's jobs and concepts."""

from typing import Annotated

from fastapi import APIRouter, Body, Response

from api.deps import AppStateDep, Reader, Writer
from api.examples import ENDPOINT_CHANGES, ENDPOINTS
from api.idempotency import IdempotentPostDep
from api.job_requests import TraceParent, check_webhook
from api.paging import PagingDep
from api.request_rules import RULES
from api.responses import posted, problems
from services.db.sessions import WriteSession
from services.webhooks import delivery_log, service, views
from shared.schemas.common import EndpointId, Page
from shared.schemas.endpoint import (
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEndpointCreate,
    WebhookEndpointPatch,
    WebhookEndpointWithSecret,
)

router = APIRouter(prefix="/v1/webhook-endpoints", tags=["webhooks"], dependencies=RULES, responses=problems(401, 403))


@router.post(
    "",
    status_code=201,
    operation_id="create_webhook_endpoint",
    response_model=WebhookEndpointWithSecret,
    responses=posted(201, "Registered; keep its secret."),
)
def create_webhook_endpoint(
    body: Annotated[WebhookEndpointCreate, Body(openapi_examples=ENDPOINTS)],
    caller: Writer,
    once: IdempotentPostDep,
) -> Response:
    """Registers an endpoint, from the next event on. Only this response contains its signing secret."""

    def work(session: WriteSession) -> WebhookEndpointWithSecret:
        check_webhook(once.state.guard, body.url, "/url")
        secret_box = once.state.secret_box
        row = service.create(session, caller.tenant_id, body, once.state.clock.now(), secret_box)
        return views.endpoint_with_secret(row, secret_box)

    answer = once.once(work, status=201, location="/v1/webhook-endpoints/{id}", kept=_without_secret)
    return answer.response()


@router.get("", operation_id="list_webhook_endpoints", responses=problems(422))
def list_webhook_endpoints(state: AppStateDep, paging: PagingDep) -> Page[WebhookEndpoint]:
    """Newest first."""
    with state.database.read() as session:
        rows = service.list_page(session, paging.tenant_id, paging.fetch, paging.after)
    return paging.page(rows, views.endpoint, lambda row: row.id)


@router.get("/{endpoint_id}", operation_id="get_webhook_endpoint", responses=problems(404))
def get_webhook_endpoint(endpoint_id: EndpointId, state: AppStateDep, caller: Reader) -> WebhookEndpoint:
    """One endpoint, and whether and why it is disabled."""
    with state.database.read() as session:
        return views.endpoint(service.get(session, caller.tenant_id, endpoint_id))


@router.patch("/{endpoint_id}", operation_id="update_webhook_endpoint", responses=problems(404, 413, 422))
def update_webhook_endpoint(
    endpoint_id: EndpointId,
    body: Annotated[WebhookEndpointPatch, Body(openapi_examples=ENDPOINT_CHANGES)],
    state: AppStateDep,
    caller: Writer,
) -> WebhookEndpoint:
    """Changes the given fields."""
    check_webhook(state.guard, body.url, "/url")
    with state.database.write() as session:
        return views.endpoint(service.patch(session, caller.tenant_id, endpoint_id, body, state.clock.now()))


@router.delete("/{endpoint_id}", status_code=204, operation_id="delete_webhook_endpoint", responses=problems(404))
def delete_webhook_endpoint(endpoint_id: EndpointId, state: AppStateDep, caller: Writer) -> None:
    """Deletes an endpoint with its delivery log. Nothing more is sent to it."""
    with state.database.write() as session:
        service.delete(session, caller.tenant_id, endpoint_id)


@router.post(
    "/{endpoint_id}/rotate-secret",
    operation_id="rotate_webhook_secret",
    response_model=WebhookEndpointWithSecret,
    responses=posted(200, "With the new secret; keep it.", 404),
)
def rotate_webhook_secret(endpoint_id: EndpointId, caller: Writer, once: IdempotentPostDep) -> Response:
    """Creates a new secret. For 24 hours messages have two signatures, with the new and the previous secret."""

    def work(session: WriteSession) -> WebhookEndpointWithSecret:
        secret_box = once.state.secret_box
        row = service.rotate_secret(session, caller.tenant_id, endpoint_id, once.state.clock.now(), secret_box)
        return views.endpoint_with_secret(row, secret_box)

    return once.once(work, status=200, kept=_without_secret).response()


@router.post(
    "/{endpoint_id}/test",
    status_code=202,
    operation_id="test_webhook_endpoint",
    response_model=WebhookDelivery,
    responses=posted(202, "On its way.", 404),
)
def test_webhook_endpoint(
    endpoint_id: EndpointId,
    caller: Writer,
    once: IdempotentPostDep,
    traceparent: TraceParent,
) -> Response:
    """Sends a `webhook.test`, whatever the endpoint's event types. The delivery shows the response."""

    def work(session: WriteSession) -> WebhookDelivery:
        now = once.state.clock.now()
        return views.delivery(delivery_log.send_test(session, caller.tenant_id, endpoint_id, now, traceparent))

    return once.once(work, status=202, location="/v1/deliveries/{id}").response()


def _without_secret(endpoint: WebhookEndpointWithSecret) -> WebhookEndpointWithSecret:
    """The response as stored for replays: without the secret."""
    return endpoint.model_copy(update={"secret": None})
