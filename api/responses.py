"""Responses in the OpenAPI document besides the bodies of the schemas: problems, and response headers."""

from http import HTTPStatus
from typing import Any

from api.errors import PROBLEM_MEDIA_TYPE

Responses = dict[int | str, dict[str, Any]]

_PROBLEMS: dict[int, tuple[str, str]] = {
    400: ("malformed_json", "The body is not JSON."),
    401: ("unauthorized", "The request has no valid API key."),
    403: ("forbidden", "The API key lacks the required scope, or a quota is exhausted."),
    404: ("not_found", "The tenant has no such resource."),
    409: ("conflict", "The current state does not allow this, or a request with this idempotency key is in progress."),
    413: ("too_large", "The body is larger than the service accepts."),
    422: ("invalid", "A field is missing, unknown or invalid, or the idempotency key was used for another request."),
    429: ("rate_limited", "The tenant exceeds its rate of requests or its number of queued jobs."),
    503: ("unavailable", "A dependency of the service does not respond; retry."),
}
_REPLAYED = {
    "Idempotency-Replayed": {
        "description": "`true` if this is the stored response to an earlier request with the same idempotency key.",
        "schema": {"type": "string", "enum": ["true"]},
    }
}
_LOCATION = {"Location": {"description": "URL of the new resource.", "schema": {"type": "string"}}}
_RATES = {
    "Retry-After": {"description": "Seconds after which a retry may succeed.", "schema": {"type": "string"}},
    "RateLimit-Policy": {
        "description": '`"requests";q=6000;w=60`: at most `q` requests in `w` seconds. In every response to a key.',
        "schema": {"type": "string"},
    },
    "RateLimit": {
        "description": '`"requests";r=5999;t=12`: `r` requests left, more in `t` seconds. In every response to a key.',
        "schema": {"type": "string"},
    },
}
_APPLIED = {
    "Preference-Applied": {
        "description": "`wait=N` if the response was delayed by that preference (RFC 7240).",
        "schema": {"type": "string"},
    }
}


def problems(*statuses: int) -> Responses:
    """Error responses with these statuses, and any other error as the default response."""
    described: Responses = {status: _problem(status) for status in statuses}
    if HTTPStatus.UNAUTHORIZED in statuses:  # every request with a key counts against its tenant's rate
        described[429] = _problem(429) | {"headers": _RATES}
    described["default"] = {"description": "Any other error.", "content": _content()}
    return described


def posted(status: int, description: str, *statuses: int) -> Responses:
    """The responses to a POST: the successful one with its headers, and errors."""
    own = {"description": description, "headers": _REPLAYED | (_LOCATION if status == HTTPStatus.CREATED else {})}
    return {status: own} | problems(400, 409, 413, 422, *statuses)


def submitted(job: Any, *statuses: int, estimate: Any = None) -> Responses:
    """The responses to a POST that creates a job: 202, 200 within `Prefer: wait` or for a dry run, and errors."""
    ended = {"description": "The job ended within `Prefer: wait`.", "model": job}
    if estimate is not None:
        ended = {
            "description": "The job ended within `Prefer: wait`, or the estimate of a dry run.",
            "model": job | estimate,
        }
    headers = _REPLAYED | _LOCATION | _APPLIED
    return {
        202: {"description": "The job is queued or running.", "headers": headers},
        200: ended | {"headers": headers},
    } | problems(400, 409, 413, 422, *statuses)


def _problem(status: int) -> dict[str, Any]:
    code, description = _PROBLEMS[status]
    return {"description": f"`{code}`: {description}", "content": _content()}


def _content() -> dict[str, Any]:
    return {PROBLEM_MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
