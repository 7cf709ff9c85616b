"""Webhooks: believe only what is signed (Standard Webhooks 1.0.0)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from standardwebhooks.webhooks import EmptyWebhookSecretError, Webhook, WebhookVerificationError

from choreo.errors import NotConfigured, WebhookRefused


@dataclass(frozen=True)
class WebhookMessage:
    """A webhook that held; `id` is the same in every try, so drop what you have seen."""

    id: str
    type: str
    timestamp: datetime
    data: dict[str, Any]


def verify(payload: bytes | str, headers: Mapping[str, str], secret: str) -> WebhookMessage:
    """The message, once its signature and age (five minutes) hold.

    `payload` is the body byte for byte as it arrived, not parsed and written again; `secret` is the `whsec_...` of the
    endpoint; names of `headers` may be in any case.

    Raises:
        WebhookRefused: it was not signed with this secret, was changed on the way, is too old, or is no such message.
        NotConfigured: the secret is none.
    """
    lowered = {name.lower(): value for name, value in headers.items()}
    _check_signature(payload, lowered, secret)
    try:
        body: Any = json.loads(payload)
        message = cast("dict[str, Any]", body)
        at = datetime.fromisoformat(message["timestamp"])
        return WebhookMessage(lowered["webhook-id"], message["type"], at, message["data"])
    except (KeyError, TypeError, ValueError) as error:
        raise WebhookRefused(f"the body is not one of Choreo's webhooks: {error!r}") from error


def _check_signature(payload: bytes | str, headers: dict[str, str], secret: str) -> None:
    try:
        webhook = Webhook(secret)
    except (EmptyWebhookSecretError, ValueError) as error:
        raise NotConfigured("this is not a webhook secret: it has the form whsec_ and base64") from error
    try:
        webhook.verify(payload, headers, json_parse=False)
    except (WebhookVerificationError, ValueError) as error:
        raise WebhookRefused(f"the webhook does not hold: {error}") from error
