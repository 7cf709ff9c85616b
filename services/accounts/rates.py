"""Request rates per tenant: a moving window, counted in this process or, shared by several, in Redis."""

import logging
import time
from typing import NamedTuple

from limits import RateLimitItemPerSecond
from limits.errors import StorageError
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import MovingWindowRateLimiter

log = logging.getLogger(__name__)

POLICY = "requests"
WINDOW_SECONDS = 60
TIMEOUT_SECONDS = 0.5
"""Timeout of a Redis call."""
PAUSE_SECONDS = 5.0
"""Time without Redis calls after Redis did not answer."""


class RateStatus(NamedTuple):
    """The rate limit after a request: `remaining` requests until the window resets in `resets_in` seconds."""

    quota: int
    window_seconds: int
    remaining: int
    resets_in: float
    is_admitted: bool


class RateLimiter:
    """Counts requests; processes that use the same Redis share the counters."""

    def __init__(self, url: str, *, window_seconds: int = WINDOW_SECONDS) -> None:
        """`url` is `memory://` for a single process, or a Redis URL."""
        self._limiter = MovingWindowRateLimiter(_storage(url))
        self._window = window_seconds
        self._silent_until = 0.0

    def hit(self, tenant_id: str, quota: int) -> RateStatus | None:
        """Count one request against `quota` per window, unless the quota is used up.

        None while Redis does not answer: requests are then not limited.
        """
        if time.monotonic() < self._silent_until:
            return None
        item = RateLimitItemPerSecond(quota, self._window)
        try:
            admitted = self._limiter.hit(item, tenant_id)
            found = self._limiter.get_window_stats(item, tenant_id)
        except StorageError as error:
            log.warning("rate limiting is suspended for %.0f s: %s", PAUSE_SECONDS, error.storage_error)
            self._silent_until = time.monotonic() + PAUSE_SECONDS
            return None
        resets_in = max(0.0, found.reset_time - time.time())
        return RateStatus(quota, self._window, max(0, found.remaining), resets_in, admitted)


def _storage(url: str) -> MemoryStorage | RedisStorage:
    if url == "memory://":
        return MemoryStorage()
    return RedisStorage(
        url,
        key_prefix="choreo-rates",
        wrap_exceptions=True,
        socket_timeout=TIMEOUT_SECONDS,
        socket_connect_timeout=TIMEOUT_SECONDS,
    )
