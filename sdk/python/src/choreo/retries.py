"""The retry policy, without I/O."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import httpx

from choreo.responses import problem_of

IDEMPOTENCY_KEY = "Idempotency-Key"
REPEATABLE = "choreo.repeatable"
"""The request extension that marks a request as repeatable."""
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_ALWAYS_WORTH_IT = frozenset(
    {
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    }
)
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
        if tried >= self.attempts or isinstance(error, httpx.UnsupportedProtocol):
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
    except (KeyError, TypeError, ValueError):
        return None


def _is_worth_it(request: httpx.Request, response: httpx.Response) -> bool:
    """Statuses that guarantee no effect, except those of gateways."""
    if response.status_code in _ALWAYS_WORTH_IT:
        refused = response.status_code in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
        return refused or is_repeatable(request)
    problem = problem_of(response)
    return problem is not None and problem.retryable
