"""Webhook deliveries and their attempts."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from api.deps import AppStateDep, Reader, Writer
from api.idempotency import IdempotentPostDep
from api.paging import PagingDep
from api.request_rules import RULES
from api.responses import posted, problems
from services.db.sessions import WriteSession
from services.webhooks import delivery_log, views
from services.webhooks.delivery_log import DeliveryFilter
from shared.schemas.common import DeliveryId, EndpointId, JobId, Page
from shared.schemas.endpoint import DeliveryState, WebhookDelivery

router = APIRouter(prefix="/v1/deliveries", tags=["webhooks"], dependencies=RULES, responses=problems(401, 403))
OfEndpoint = Annotated[EndpointId | None, Query(description="Only deliveries to this endpoint.")]
OfJob = Annotated[JobId | None, Query(description="Only deliveries of this job's events.")]
InState = Annotated[DeliveryState | None, Query(description="Only deliveries in this state.")]


async def delivery_filter(endpoint: OfEndpoint = None, job: OfJob = None, state: InState = None) -> DeliveryFilter:
    """The requested filter."""
    return DeliveryFilter(endpoint_id=endpoint, job_id=job, state=state)


@router.get("", operation_id="list_deliveries", responses=problems(422))
def list_deliveries(
    state: AppStateDep, paging: PagingDep, only: Annotated[DeliveryFilter, Depends(delivery_filter)]
) -> Page[WebhookDelivery]:
    """Deliveries to endpoints and to the `webhook_url` of jobs, newest first."""
    with state.database.read() as session:
        found = delivery_log.list_page(session, paging.tenant_id, paging.fetch, paging.after, only)
    return paging.page(found, views.delivery, lambda one: one.delivery.id)


@router.get("/{delivery_id}", operation_id="get_delivery", responses=problems(404))
def get_delivery(delivery_id: DeliveryId, state: AppStateDep, caller: Reader) -> WebhookDelivery:
    """One delivery with its attempts, the receiver's responses, and the time of the next attempt."""
    with state.database.read() as session:
        return views.delivery(delivery_log.get(session, caller.tenant_id, delivery_id))


@router.post(
    "/{delivery_id}/redeliver",
    status_code=202,
    operation_id="redeliver",
    response_model=WebhookDelivery,
    responses=posted(202, "On its way.", 404),
)
def redeliver(delivery_id: DeliveryId, caller: Writer, once: IdempotentPostDep) -> Response:
    """Sends the message with the same `webhook-id` again at once, with a full retry schedule; the log continues."""

    def work(session: WriteSession) -> WebhookDelivery:
        return views.delivery(delivery_log.redeliver(session, caller.tenant_id, delivery_id, once.state.clock.now()))

    return once.once(work, status=202).response()
