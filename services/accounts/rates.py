"""How many requests a tenant sends: counted over a moving window, in this process or, for several, in Redis."""

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
PATIENCE_SECONDS = 0.5
"""How long a request may wait for Redis to count it."""
PAUSE_SECONDS = 5.0
"""How long nobody asks a Redis that did not answer."""


class Standing(NamedTuple):
    """Where a tenant stands with a request counted, or refused: so many `remaining` until `resets_in` seconds later."""

    quota: int
    window_seconds: int
    remaining: int
    resets_in: float
    is_admitted: bool


class Rates:
    """Counts requests. All processes that name the same Redis count together."""

    def __init__(self, url: str, *, window_seconds: int = WINDOW_SECONDS) -> None:
        """`url` is `memory://` for one process alone, or a Redis."""
        self._limiter = MovingWindowRateLimiter(_storage(url))
        self._window = window_seconds
        self._silent_until = 0.0

    def hit(self, tenant_id: str, quota: int) -> Standing | None:
        """Count one request against `quota` in a window, unless that is used up.

        None while Redis does not answer: a counter that is away must not close the service.
        """
        if time.monotonic() < self._silent_until:
            return None
        item = RateLimitItemPerSecond(quota, self._window)
        try:
            admitted = self._limiter.hit(item, tenant_id)
            found = self._limiter.get_window_stats(item, tenant_id)
        except StorageError as error:
            log.warning("requests are not counted for %.0f s: %s", PAUSE_SECONDS, error.storage_error)
            self._silent_until = time.monotonic() + PAUSE_SECONDS
            return None
        resets_in = max(0.0, found.reset_time - time.time())
        return Standing(quota, self._window, max(0, found.remaining), resets_in, admitted)


def _storage(url: str) -> MemoryStorage | RedisStorage:
    if url == "memory://":
        return MemoryStorage()
    return RedisStorage(
        url,
        key_prefix="choreo-rates",
        wrap_exceptions=True,
        socket_timeout=PATIENCE_SECONDS,
        socket_connect_timeout=PATIENCE_SECONDS,
    )
