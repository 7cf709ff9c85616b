from typing import Literal

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

WEBHOOK_PAYLOAD_TYPE_VALUES: set[WebhookPayloadType] = {
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
}


def check_webhook_payload_type(value: str) -> WebhookPayloadType:
    if value in WEBHOOK_PAYLOAD_TYPE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {WEBHOOK_PAYLOAD_TYPE_VALUES!r}")
