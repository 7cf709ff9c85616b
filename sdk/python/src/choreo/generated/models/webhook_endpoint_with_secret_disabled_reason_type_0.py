from typing import Literal, cast

WebhookEndpointWithSecretDisabledReasonType0 = Literal["by_request", "gone"]


def check_webhook_endpoint_with_secret_disabled_reason_type_0(
    value: object,
) -> WebhookEndpointWithSecretDisabledReasonType0:
    """Values that a newer service added are kept as they are."""
    if not isinstance(value, str):
        raise TypeError(f"{type(value).__name__} instead of str")
    return cast(WebhookEndpointWithSecretDisabledReasonType0, value)
