"""Conversion of HTTP responses to values or exceptions, and of arguments to request fields."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import httpx

from choreo.errors import BY_STATUS, ChoreoError, InvalidArgument, ProblemError, UnexpectedAnswer
from choreo.generated.models import Problem
from choreo.generated.types import UNSET, Unset

T = TypeVar("T")
PROBLEM_MEDIA_TYPE = "application/problem+json"
_SHOWN_CHARACTERS = 200
_PROXY_STATUSES = {
    408: "Request Timeout",
    425: "Too Early",
    429: "Too Many Requests",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
    520: "Unknown Error",
    521: "Web Server Is Down",
    522: "Connection Timed Out",
    523: "Origin Is Unreachable",
    524: "A Timeout Occurred",
}
"""Titles of the statuses that proxies send themselves, without a problem document; 520 to 524 are Cloudflare's."""
MALFORMED = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What parsing raises for JSON that is none, or of another shape."""


def problem_of(response: httpx.Response) -> Problem | None:
    """The problem document of a response, or None; the response has been read."""
    if not response.headers.get("Content-Type", "").startswith(PROBLEM_MEDIA_TYPE):
        return None
    try:
        return Problem.from_dict(response.json())
    except MALFORMED:
        return None


def error_of(response: httpx.Response, retry_after: float | None) -> ChoreoError:
    """The exception for an error status or a redirect."""
    problem = problem_of(response)
    if problem is None and response.status_code not in _PROXY_STATUSES:
        return UnexpectedAnswer(_described(response))
    problem = problem or _proxy_problem(response)
    return BY_STATUS.get(response.status_code, ProblemError)(problem, retry_after)


def _proxy_problem(response: httpx.Response) -> Problem:
    """A proxy's error page as a problem."""
    title = _PROXY_STATUSES[response.status_code]
    return Problem(
        type_="about:blank",
        title=title,
        status=response.status_code,
        detail=_described(response),
        code=title.lower().replace(" ", "_"),
        request_id=response.headers.get("X-Request-Id", "no request id"),
        retryable=True,
    )


def _described(response: httpx.Response) -> str:
    request, text = response.request, response.text[:_SHOWN_CHARACTERS]
    return f"{request.method} {request.url} answered {response.status_code}: {text}".rstrip(": ")


def or_unset(value: T | None) -> T | Unset:
    """A request field; None is omitted, so that the service's default applies."""
    return UNSET if value is None else value


def argument(parse: Callable[[Mapping[str, Any]], T], values: Mapping[str, Any] | None) -> T:
    """A request field that is a mapping; None is empty. Raises InvalidArgument."""
    try:
        return parse(values or {})
    except MALFORMED as error:
        raise InvalidArgument(f"{values!r} cannot be sent: {error}") from error


def job_of(kind: type[T], answer: object) -> T:
    """The job in the response to a submission. Raises UnexpectedAnswer."""
    if not isinstance(answer, kind):
        raise UnexpectedAnswer(f"the response is a {type(answer).__name__} instead of a job")
    return answer


def estimate_of(kind: type[T], answer: object) -> T:
    """The estimate in the response to a dry run. Raises UnexpectedAnswer."""
    if not isinstance(answer, kind):
        raise UnexpectedAnswer(f"the response is a {type(answer).__name__} instead of an estimate")
    return answer
