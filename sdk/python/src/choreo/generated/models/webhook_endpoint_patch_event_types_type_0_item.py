from typing import Literal, cast

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


def check_webhook_endpoint_patch_event_types_type_0_item(value: object) -> WebhookEndpointPatchEventTypesType0Item:
    """Values that a newer service added are kept as they are."""
    if not isinstance(value, str):
        raise TypeError(f"{type(value).__name__} instead of str")
    return cast(WebhookEndpointPatchEventTypesType0Item, value)
