from typing import Literal, cast

WebhookPayloadType = Literal[
    "concept.version.created",
    "evaluation.canceled",
    "evaluation.failed",
    "evaluation.running",
    "evaluation.succeeded",
    "generation.canceled",
    "generation.failed",
    "generation.running",
    "generation.succeeded",
    "training.canceled",
    "training.failed",
    "training.running",
    "training.succeeded",
    "webhook.test",
]


def check_webhook_payload_type(value: object) -> WebhookPayloadType:
    """Values that a newer service added are kept as they are."""
    if not isinstance(value, str):
        raise TypeError(f"{type(value).__name__} instead of str")
    return cast(WebhookPayloadType, value)
