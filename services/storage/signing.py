"""Signed URLs of the directory store: HMAC-SHA256 over method, key, size and expiry."""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal, NamedTuple
from urllib.parse import quote, urlencode

from services.storage.port import SignatureRefused, check_key
from shared.clock import Clock

Method = Literal["GET", "PUT"]
ROUTE = "/v1/storage/"


class Grant(NamedTuple):
    """The permission of a verified URL."""

    key: str
    size: int | None
    """Exact size of an upload in bytes; None for a download."""


class UrlSigner:
    """Signs and verifies `/v1/storage/{key}` URLs."""

    def __init__(self, *, base_url: str, secret: str, clock: Clock) -> None:
        self._base_url = base_url.rstrip("/")
        self._secret = hashlib.sha256(b"choreo storage urls\n" + secret.encode()).digest()
        self._clock = clock

    def sign(self, method: Method, key: str, *, expires: int, size: int | None = None) -> tuple[str, datetime]:
        """The signed URL and its expiry time, `expires` seconds from now."""
        expires_at = self._clock.now() + timedelta(seconds=expires)
        fields = {"expires": str(int(expires_at.timestamp()))} | ({} if size is None else {"size": str(size)})
        signature = self._signature(method, check_key(key), fields)
        return f"{self._base_url}{ROUTE}{quote(key)}?{urlencode(fields | {'signature': signature})}", expires_at

    def verify(self, method: str, key: str, query: Mapping[str, str]) -> Grant:
        """Verify a URL; HEAD is treated as GET. Raises `SignatureRefused`."""
        fields = {name: query[name] for name in ("expires", "size") if name in query}
        expected = self._signature("GET" if method == "HEAD" else method, check_key(key), fields)
        if not hmac.compare_digest(expected.encode(), query.get("signature", "").encode()):
            raise SignatureRefused("this URL was not signed by this service")
        if int(fields["expires"]) < self._clock.now().timestamp():
            raise SignatureRefused("this URL has expired")
        return Grant(key, int(fields["size"]) if "size" in fields else None)

    def _signature(self, method: str, key: str, fields: Mapping[str, str]) -> str:
        text = "\n".join((method, key, fields.get("expires", ""), fields.get("size", "")))
        return hmac.new(self._secret, text.encode(), hashlib.sha256).hexdigest()
