from typing import Literal

WebhookDeliveryType = Literal[
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

WEBHOOK_DELIVERY_TYPE_VALUES: set[WebhookDeliveryType] = {
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


def check_webhook_delivery_type(value: str) -> WebhookDeliveryType:
    if value in WEBHOOK_DELIVERY_TYPE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {WEBHOOK_DELIVERY_TYPE_VALUES!r}")
