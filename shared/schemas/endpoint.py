"""Registered webhook endpoints, and the log of deliveries to them."""

from enum import StrEnum
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, Field, StringConstraints, WithJsonSchema
from pydantic_core import PydanticCustomError

from shared.schemas.common import (
    CreatedAt,
    DeliveryId,
    EndpointId,
    EventId,
    JobId,
    RequestSchema,
    Schema,
    Timestamp,
    UpdatedAt,
)
from shared.schemas.submission import WebhookUrl
from shared.schemas.webhook import EventType

TEST: EventType = "webhook.test"
_TYPES = [name for name in get_args(EventType) if name != TEST]
_GROUPS = sorted({f"{name.partition('.')[0]}.*" for name in _TYPES})
EVENT_FILTERS = [*_GROUPS, *_TYPES]
"""Filters that an endpoint may have: an event type, or a group of types. A test is sent whatever the filters are."""


def _require_known(event_filter: str) -> str:
    if event_filter not in EVENT_FILTERS:
        known = ", ".join(EVENT_FILTERS)
        raise PydanticCustomError("unknown_event_type", "Use one of {known}.", {"known": known})
    return event_filter


EventFilter = Annotated[str, AfterValidator(_require_known), WithJsonSchema({"type": "string", "enum": EVENT_FILTERS})]
EventFilters = Annotated[
    list[EventFilter],
    Field(
        max_length=32,
        description="Event types, or groups such as `training.*`, that are sent to the endpoint. Empty for all types.",
        examples=[["training.*", "concept.version.created"]],
    ),
]
EndpointDescription = Annotated[
    str,
    StringConstraints(max_length=500),
    Field(description="Description of the endpoint, for people.", examples=["catalogue service"]),
]
DisabledReason = Literal["gone", "by_request"]


def matches(event_filters: list[str], event_type: str) -> bool:
    """Whether events of this type are sent to an endpoint with these filters."""
    return not event_filters or event_type in event_filters or f"{event_type.partition('.')[0]}.*" in event_filters


class DeliveryState(StrEnum):
    """State of a delivery: `pending` until a 2xx response (`delivered`) or the last attempt (`failed`); `disabled` if
    its endpoint was disabled meanwhile.
    """

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"
    DISABLED = "disabled"


class WebhookEndpointCreate(RequestSchema):
    """Request to register a receiver of the tenant's webhooks."""

    url: WebhookUrl
    description: EndpointDescription = ""
    event_types: EventFilters = Field(default_factory=list[str])


class WebhookEndpointPatch(RequestSchema):
    """Changes of an endpoint. An omitted field keeps its value."""

    url: WebhookUrl | None = Field(
        default=None,
        description="New URL of the receiver. Pending deliveries are sent to it.",
        examples=["https://example.com/hooks/choreo"],
    )
    description: EndpointDescription | None = Field(
        default=None, description="New description.", examples=["catalogue service"]
    )
    event_types: EventFilters | None = Field(
        default=None,
        description="New event types or groups, which replace the present ones. Empty for all types.",
        examples=[["training.*"]],
    )
    enabled: bool | None = Field(
        default=None,
        description="False disables the endpoint and its pending deliveries; true enables it for later events.",
        examples=[True],
    )


class WebhookEndpoint(Schema):
    """A registered receiver of webhooks. Its secret is only in the response that created it."""

    id: EndpointId
    url: str = Field(description="URL of the receiver.", examples=["https://example.com/hooks/choreo"])
    description: str = Field(description="Description of the endpoint, for people.", examples=["catalogue service"])
    event_types: EventFilters
    enabled: bool = Field(description="Whether webhooks are sent to it.", examples=[True])
    disabled_at: Timestamp | None = Field(
        description="Time at which it was disabled; null while it is enabled.", examples=[None]
    )
    disabled_reason: DisabledReason | None = Field(
        description="`gone`: the receiver responded with 410; `by_request`: a request disabled it; null while it is "
        "enabled.",
        examples=[None],
    )
    previous_secret_until: Timestamp | None = Field(
        description="Time until which webhooks are also signed with the previous secret; null without one.",
        examples=[None],
    )
    created_at: CreatedAt
    updated_at: UpdatedAt


class WebhookEndpointWithSecret(WebhookEndpoint):
    """An endpoint with its new signing secret. No later response contains the secret."""

    secret: str | None = Field(
        description="The secret, `whsec_...`, as libraries of Standard Webhooks take it; null when the request is "
        "repeated with the same idempotency key.",
        examples=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
    )


class WebhookAttempt(Schema):
    """One attempt to deliver a webhook."""

    number: int = Field(ge=1, description="Number of the attempt, from 1.", examples=[1])
    at: Timestamp = Field(description="Time of the attempt.")
    seconds: float = Field(ge=0, description="Duration in seconds.", examples=[0.12])
    status: int | None = Field(description="HTTP status of the response; null without a response.", examples=[204])
    error: str | None = Field(description="Reason why there was no response; null with a response.", examples=[None])


class WebhookDelivery(Schema):
    """The delivery of one message to one receiver: an endpoint, or a job's `webhook_url`."""

    id: DeliveryId
    endpoint_id: EndpointId | None = Field(description="Id of the endpoint; null for a job's `webhook_url`.")
    event_id: EventId = Field(description="Id of the message: the header `webhook-id`, the same in every attempt.")
    type: EventType = Field(description="Type of the event.", examples=["training.succeeded"])
    job_id: JobId | None = Field(description="Id of the job that the event concerns; null for a test.")
    url: str = Field(description="URL of the receiver.", examples=["https://example.com/hooks/choreo"])
    state: DeliveryState = Field(description="State of the delivery.", examples=["delivered"])
    attempts: list[WebhookAttempt] = Field(description="Every attempt, in order.")
    next_attempt_at: Timestamp | None = Field(
        description="Time of the next attempt; null unless the delivery is pending.", examples=[None]
    )
    created_at: CreatedAt
    finished_at: Timestamp | None = Field(
        description="Time at which it was delivered or given up; null while it is pending."
    )
