"""Signatures of Standard Webhooks 1.0.0 (HMAC-SHA256 over `id.timestamp.body`, scheme `v1`)."""

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from secrets import token_bytes

from standardwebhooks import Webhook, WebhookVerificationError

__all__ = ["WebhookVerificationError", "new_secret", "sign", "tenant_secret", "verify"]


def tenant_secret(secret_key: str, tenant_id: str) -> str:
    """The signing secret of a tenant's `webhook_url`s: `whsec_` and 32 bytes derived from the service's secret."""
    derived = hmac.new(secret_key.encode(), f"choreo webhooks\n{tenant_id}".encode(), hashlib.sha256).digest()
    return "whsec_" + base64.b64encode(derived).decode()


def new_secret() -> str:
    """A new random endpoint secret."""
    return "whsec_" + base64.b64encode(token_bytes(32)).decode()


def sign(secrets: Sequence[str], webhook_id: str, timestamp: datetime, body: str) -> dict[str, str]:
    """The three headers of a message, with one signature per secret: two during a rotation."""
    moment = timestamp.astimezone(UTC)
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": " ".join(Webhook(secret).sign(webhook_id, moment, body) for secret in secrets),
    }


def verify(secret: str, headers: Mapping[str, str], body: str) -> object:
    """Verify a message, return its parsed body. Raises `WebhookVerificationError`, also for clock skew over 5 min."""
    return Webhook(secret).verify(body, dict(headers))
