"""Verification of webhooks (Standard Webhooks 1.0.0)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from standardwebhooks.webhooks import EmptyWebhookSecretError, Webhook, WebhookVerificationError

from choreo.errors import NotConfigured, WebhookRefused


@dataclass(frozen=True)
class WebhookMessage:
    """A verified webhook; `id` is equal in every attempt, so that duplicates can be dropped."""

    id: str
    type: str
    timestamp: datetime
    data: dict[str, Any]


def verify(payload: bytes | str, headers: Mapping[str, str], secret: str) -> WebhookMessage:
    """Verify a message's signature and age (at most five minutes) and return it.

    `payload` is the raw body as received; `secret` is the endpoint's `whsec_...`; header names may have any case.

    Raises:
        WebhookRefused: the signature is invalid, the message is too old, or it is malformed.
        NotConfigured: the secret is malformed.
    """
    lowered = {name.lower(): value for name, value in headers.items()}
    _check_signature(payload, lowered, secret)
    try:
        body: Any = json.loads(payload)
        message = cast("dict[str, Any]", body)
        at = datetime.fromisoformat(message["timestamp"])
        return WebhookMessage(lowered["webhook-id"], message["type"], at, message["data"])
    except (KeyError, TypeError, ValueError) as error:
        raise WebhookRefused(f"the body is not a webhook of Choreo: {error!r}") from error


def _check_signature(payload: bytes | str, headers: dict[str, str], secret: str) -> None:
    try:
        webhook = Webhook(secret)
    except (EmptyWebhookSecretError, ValueError) as error:
        raise NotConfigured("not a webhook secret: the format is whsec_ followed by base64") from error
    try:
        webhook.verify(payload, headers, json_parse=False)
    except (WebhookVerificationError, ValueError) as error:
        raise WebhookRefused(f"the webhook's signature or timestamp is invalid: {error}") from error
