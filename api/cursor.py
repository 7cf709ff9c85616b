"""Opaque, signed pagination cursors."""

import base64
import binascii
import hashlib
import hmac
import json

_MAC_BYTES = 16


class BadCursor(ValueError):
    """The cursor was not issued by this service for this tenant, list and filter."""


class Cursors:
    """Encodes and decodes cursors with a key derived from the service's secret."""

    def __init__(self, secret_key: str) -> None:
        self._key = hmac.digest(secret_key.encode(), b"choreo/cursor/1", hashlib.sha256)

    def encode(self, *, tenant_id: str, listing: str, position: str) -> str:
        """A cursor at `position` of one tenant's `listing` (the list's name with its filters)."""
        payload = json.dumps(position, allow_nan=False).encode()
        return base64.urlsafe_b64encode(self._mac(tenant_id, listing, payload) + payload).rstrip(b"=").decode()

    def decode(self, token: str, *, tenant_id: str, listing: str) -> str:
        """The position in `token`. Raises `BadCursor` if it was not issued for this tenant and listing."""
        try:
            raw = base64.urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
        except (binascii.Error, UnicodeEncodeError) as error:
            raise BadCursor from error
        mac, payload = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
        if not hmac.compare_digest(mac, self._mac(tenant_id, listing, payload)):
            raise BadCursor
        return str(json.loads(payload))

    def _mac(self, tenant_id: str, listing: str, payload: bytes) -> bytes:
        message = json.dumps([tenant_id, listing], allow_nan=False).encode() + b"\0" + payload
        return hmac.digest(self._key, message, hashlib.sha256)[:_MAC_BYTES]
