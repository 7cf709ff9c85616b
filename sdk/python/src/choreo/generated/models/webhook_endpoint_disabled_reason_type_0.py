from typing import Literal, cast

WebhookEndpointDisabledReasonType0 = Literal["by_request", "gone"]


def check_webhook_endpoint_disabled_reason_type_0(value: object) -> WebhookEndpointDisabledReasonType0:
    """Values that a newer service added are kept as they are."""
    if not isinstance(value, str):
        raise TypeError(f"{type(value).__name__} instead of str")
    return cast(WebhookEndpointDisabledReasonType0, value)
