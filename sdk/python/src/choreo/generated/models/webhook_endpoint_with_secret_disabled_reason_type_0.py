from typing import Literal

WebhookEndpointWithSecretDisabledReasonType0 = Literal["by_request", "gone"]

WEBHOOK_ENDPOINT_WITH_SECRET_DISABLED_REASON_TYPE_0_VALUES: set[WebhookEndpointWithSecretDisabledReasonType0] = {
    "by_request",
    "gone",
}


def check_webhook_endpoint_with_secret_disabled_reason_type_0(
    value: str,
) -> WebhookEndpointWithSecretDisabledReasonType0:
    if value in WEBHOOK_ENDPOINT_WITH_SECRET_DISABLED_REASON_TYPE_0_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {WEBHOOK_ENDPOINT_WITH_SECRET_DISABLED_REASON_TYPE_0_VALUES!r}"
    )
