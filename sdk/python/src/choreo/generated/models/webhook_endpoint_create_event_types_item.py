from typing import Literal, cast

WebhookEndpointCreateEventTypesItem = Literal[
    "concept.*",
    "concept.version.created",
    "evaluation.*",
    "evaluation.canceled",
    "evaluation.failed",
    "evaluation.running",
    "evaluation.succeeded",
    "generation.*",
    "generation.canceled",
    "generation.failed",
    "generation.running",
    "generation.succeeded",
    "training.*",
    "training.canceled",
    "training.failed",
    "training.running",
    "training.succeeded",
]


def check_webhook_endpoint_create_event_types_item(value: object) -> WebhookEndpointCreateEventTypesItem:
    """Values that a newer service added are kept as they are."""
    if not isinstance(value, str):
        raise TypeError(f"{type(value).__name__} instead of str")
    return cast(WebhookEndpointCreateEventTypesItem, value)
