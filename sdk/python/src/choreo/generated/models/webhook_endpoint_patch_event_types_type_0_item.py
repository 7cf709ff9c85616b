from typing import Literal

WebhookEndpointPatchEventTypesType0Item = Literal[
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

WEBHOOK_ENDPOINT_PATCH_EVENT_TYPES_TYPE_0_ITEM_VALUES: set[WebhookEndpointPatchEventTypesType0Item] = {
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


def check_webhook_endpoint_patch_event_types_type_0_item(value: str) -> WebhookEndpointPatchEventTypesType0Item:
    if value in WEBHOOK_ENDPOINT_PATCH_EVENT_TYPES_TYPE_0_ITEM_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {WEBHOOK_ENDPOINT_PATCH_EVENT_TYPES_TYPE_0_ITEM_VALUES!r}"
    )
