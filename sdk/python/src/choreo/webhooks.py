"""Verification of webhooks (Standard Webhooks 1.0.0)."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from choreo.errors import InvalidArgument, NotConfigured, WebhookRefused

_SPACE = " \t\r\n\v\f\u00a0\ufeff"
_SECRET = re.compile(
    r"whsec_(?=[A-Za-z0-9+/]{32,86}=*\Z)(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?"
)
"""Base64 of 24 to 64 bytes (Standard Webhooks 1.0.0), with its padding."""


@dataclass(frozen=True)
class WebhookMessage:
    """A verified webhook; `id` is equal in every attempt, so that duplicates can be dropped."""

    id: str
    type: str
    timestamp: datetime
    data: dict[str, Any]


def verify(payload: bytes | str, headers: Mapping[str, str], secret: str) -> WebhookMessage:
    """Verify a message's signature and age (at most five minutes) and return it.

    `payload` is the raw body as received; `secret` is the endpoint's `whsec_...`, and white space around it does not
    count; header names may have any case.

    Raises:
        WebhookRefused: the signature is invalid, the message is too old, or it is malformed.
        NotConfigured: the secret is missing or malformed.
        InvalidArgument: the payload is neither bytes nor text, such as a parsed body.
    """
    if not isinstance(payload, bytes | str):
        raise InvalidArgument(f"the payload is the raw body, not a {type(payload).__name__}")
    lowered = {name.lower(): value for name, value in headers.items()}
    _check_signature(payload, lowered, secret)
    try:
        body: Any = json.loads(payload)
        message = cast("dict[str, Any]", body)
        at = datetime.fromisoformat(message["timestamp"])
        return WebhookMessage(lowered["webhook-id"], message["type"], at, message["data"])
    except (KeyError, OverflowError, RecursionError, TypeError, ValueError) as error:
        raise WebhookRefused(f"the body is not a webhook of Choreo: {error!r}") from error


def _check_signature(payload: bytes | str, headers: dict[str, str], secret: str) -> None:
    found = secret.strip(_SPACE) if isinstance(secret, str) else ""
    if not _SECRET.fullmatch(found):
        raise NotConfigured("not a webhook secret: the format is whsec_ followed by base64 of 24 to 64 bytes")
    try:
        Webhook(found).verify(payload, headers, json_parse=False)
    except (ArithmeticError, TypeError, ValueError, WebhookVerificationError) as error:
        raise WebhookRefused(f"the webhook's signature or timestamp is invalid: {error}") from error
