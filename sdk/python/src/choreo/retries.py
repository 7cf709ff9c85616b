"""The retry policy, without I/O."""

import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import httpx

from choreo.responses import problem_of

IDEMPOTENCY_KEY = "Idempotency-Key"
REPEATABLE = "choreo.repeatable"
"""The request extension that marks requests to the storage: they are repeatable, and its errors are those of S3."""
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_REFUSED = frozenset(
    {
        HTTPStatus.REQUEST_TIMEOUT,
        HTTPStatus.TOO_EARLY,
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.SERVICE_UNAVAILABLE,
    }
)
"""Statuses that guarantee no effect."""
_GATEWAYS = frozenset({HTTPStatus.BAD_GATEWAY, HTTPStatus.GATEWAY_TIMEOUT, 520, 521, 522, 523, 524})
"""Statuses of gateways, after which the request may have had an effect; 520 to 524 are Cloudflare's."""
_S3_BUSY = re.compile(r"<Code>\s*(SlowDown|InternalError|RequestTimeout|ServiceUnavailable)\s*</Code>")
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


@dataclass(frozen=True, kw_only=True)
class Retries:
    """The total number of tries, and the delays between them in seconds.

    The delay doubles from `first` up to `longest`, with a random reduction of up to one half (jitter). `Retry-After`
    takes precedence; one above `patience` is not waited for.
    """

    attempts: int = 5
    first: float = 0.5
    longest: float = 8.0
    patience: float = 60.0
    random: Callable[[], float] = random.random

    def after_answer(self, request: httpx.Request, response: httpx.Response, tried: int) -> float | None:
        """The delay before a retry, or None if this response is final. The response has been read."""
        if tried >= self.attempts or not _is_worth_it(request, response):
            return None
        asked = retry_after(response)
        if asked is None:
            return self._pause(tried)
        return asked if asked <= self.patience else None

    def after_error(self, request: httpx.Request, error: httpx.TransportError, tried: int) -> float | None:
        """The delay before a retry, or None if a retry is useless or the request may have taken effect."""
        if tried >= self.attempts or isinstance(error, httpx.UnsupportedProtocol | httpx.LocalProtocolError):
            return None
        return self._pause(tried) if isinstance(error, _NEVER_SENT) or is_repeatable(request) else None

    def _pause(self, tried: int) -> float:
        return min(self.longest, self.first * 2 ** (tried - 1)) * (1 - self.random() / 2)


def is_repeatable(request: httpx.Request) -> bool:
    """Whether the request is idempotent: it only reads, or has an idempotency key."""
    keyed = request.method == "POST" and IDEMPOTENCY_KEY in request.headers
    return request.method in _SAFE_METHODS or keyed or bool(request.extensions.get(REPEATABLE))


def retry_after(response: httpx.Response) -> float | None:
    """The delay of `Retry-After` (RFC 9110, section 10.2.3) in seconds: a number or a date."""
    value = response.headers.get("Retry-After", "").strip()
    if value.isdecimal():
        return float(value)
    try:
        return max(
            0.0, (parsedate_to_datetime(value) - parsedate_to_datetime(response.headers["Date"])).total_seconds()
        )
    except (KeyError, OverflowError, TypeError, ValueError):
        return None


def _is_worth_it(request: httpx.Request, response: httpx.Response) -> bool:
    if response.status_code in _REFUSED:
        return True
    if response.status_code in _GATEWAYS:
        return is_repeatable(request)
    if request.extensions.get(REPEATABLE):
        return response.status_code == HTTPStatus.INTERNAL_SERVER_ERROR or bool(_S3_BUSY.search(response.text))
    problem = problem_of(response)
    return problem is not None and problem.retryable
