"""Registered webhook endpoints, and the log of what was sent to them."""

from enum import StrEnum
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, Field, StringConstraints, WithJsonSchema
from pydantic_core import PydanticCustomError

from shared.schemas.common import DeliveryId, EndpointId, EventId, JobId, RequestSchema, Schema, Timestamp
from shared.schemas.submission import WebhookUrl
from shared.schemas.webhook import EventType

TEST: EventType = "webhook.test"
_SENT = [name for name in get_args(EventType) if name != TEST]
_GROUPS = sorted({f"{name.partition('.')[0]}.*" for name in _SENT})
CHOICES = [*_GROUPS, *_SENT]
"""What an endpoint may ask for: a type, or every type that begins alike. A test goes to whom it tests."""


def _known(choice: str) -> str:
    if choice not in CHOICES:
        raise PydanticCustomError("unknown_event_type", "Choose from {choices}.", {"choices": ", ".join(CHOICES)})
    return choice


EventChoice = Annotated[str, AfterValidator(_known), WithJsonSchema({"type": "string", "enum": CHOICES})]
EventChoices = Annotated[
    list[EventChoice], Field(max_length=32, description="Types or groups such as `training.*`; empty means every type.")
]
EndpointDescription = Annotated[str, StringConstraints(max_length=500)]
DisabledReason = Literal["gone", "by_request"]


def wants(choices: list[str], event_type: str) -> bool:
    """Whether an endpoint with these choices is told of an event of this type."""
    return not choices or event_type in choices or f"{event_type.partition('.')[0]}.*" in choices


class DeliveryState(StrEnum):
    """Where a delivery stands. Only a pending one is tried; sending it again makes it pending again."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"
    DISABLED = "disabled"


class WebhookEndpointCreate(RequestSchema):
    """A receiver of a tenant's webhooks."""

    url: WebhookUrl
    description: EndpointDescription = ""
    event_types: EventChoices = Field(default_factory=list[str])


class WebhookEndpointPatch(RequestSchema):
    """What to change; what is left out stays. A new `url` also gets what is still being tried."""

    url: WebhookUrl | None = None
    description: EndpointDescription | None = None
    event_types: EventChoices | None = None
    enabled: bool | None = Field(
        default=None, description="False ends what is still being tried; true starts with the next event."
    )


class WebhookEndpoint(Schema):
    """A registered receiver. Its secret is told only by the call that made it."""

    id: EndpointId
    url: str
    description: str
    event_types: EventChoices
    enabled: bool
    disabled_at: Timestamp | None
    disabled_reason: DisabledReason | None = Field(description="`gone`: it answered 410.")
    previous_secret_until: Timestamp | None = Field(
        description="Until then messages are signed with the previous secret as well."
    )
    created_at: Timestamp
    updated_at: Timestamp


class WebhookEndpointWithSecret(WebhookEndpoint):
    """The same with its signing secret: keep it, no other call tells it."""

    secret: str | None = Field(
        description="`whsec_...`, as the libraries of Standard Webhooks take it. "
        "Null when a request is repeated under its idempotency key."
    )


class WebhookAttempt(Schema):
    """One try. `status` is what the receiver answered, or null with an `error` when there was no answer."""

    number: int = Field(ge=1)
    at: Timestamp
    seconds: float = Field(ge=0)
    status: int | None
    error: str | None


class WebhookDelivery(Schema):
    """A message on its way to one receiver: an endpoint, or a job's `webhook_url` (then `endpoint_id` is null)."""

    id: DeliveryId
    endpoint_id: EndpointId | None
    event_id: EventId = Field(description="The `webhook-id` that the receiver sees, the same in every try.")
    type: EventType
    job_id: JobId | None
    url: str
    state: DeliveryState
    attempts: list[WebhookAttempt]
    next_attempt_at: Timestamp | None
    created_at: Timestamp
    finished_at: Timestamp | None
