from typing import Literal

WebhookEndpointWithSecretEventTypesItem = Literal[
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

WEBHOOK_ENDPOINT_WITH_SECRET_EVENT_TYPES_ITEM_VALUES: set[WebhookEndpointWithSecretEventTypesItem] = {
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
}


def check_webhook_endpoint_with_secret_event_types_item(value: str) -> WebhookEndpointWithSecretEventTypesItem:
    if value in WEBHOOK_ENDPOINT_WITH_SECRET_EVENT_TYPES_ITEM_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {WEBHOOK_ENDPOINT_WITH_SECRET_EVENT_TYPES_ITEM_VALUES!r}"
    )
