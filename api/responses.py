"""What the OpenAPI document says of the answers besides their bodies: problems, and headers that carry meaning."""

from http import HTTPStatus
from typing import Any

from api.errors import PROBLEM_MEDIA_TYPE, problem_type

Responses = dict[int | str, dict[str, Any]]

_PROBLEMS: dict[int, tuple[str, str]] = {
    400: ("malformed_json", "The body is not JSON."),
    401: ("unauthorized", "No valid API key came with the request."),
    403: ("forbidden", "The API key lacks the scope that this call needs, or a quota is used up."),
    404: ("not_found", "Nothing of this name exists for this tenant."),
    409: ("conflict", "The present state does not allow this, or a request with this idempotency key is in flight."),
    413: ("too_large", "The body is larger than the service accepts."),
    422: ("invalid", "A field is missing, unknown or wrong, or the idempotency key was used with another request."),
    429: ("rate_limited", "The tenant sends more requests, or lets more jobs wait, than it may."),
    503: ("unavailable", "Something that the service depends on does not answer; try again."),
}
EXAMPLE = {
    "type": problem_type("invalid"),
    "title": "Invalid request",
    "status": 422,
    "detail": "/recipe/stepps: This field is not known.",
    "code": "invalid",
    "request_id": "req_01KAPZ6V3W8Q0M4N5R6S7T8V9X",
    "retryable": False,
    "errors": [{"pointer": "/recipe/stepps", "code": "unknown_field", "message": "This field is not known."}],
    "violated_policies": [],
}
"""A problem as the document shows it."""

_REPLAYED = {
    "Idempotency-Replayed": {
        "description": "`true` when this is the first answer to the same idempotency key, told again.",
        "schema": {"type": "string", "enum": ["true"]},
    }
}
_LOCATION = {"Location": {"description": "The new resource.", "schema": {"type": "string"}}}
_RATES = {
    "Retry-After": {"description": "Seconds until there is room again.", "schema": {"type": "string"}},
    "RateLimit-Policy": {
        "description": '`"requests";q=6000;w=60`: so many requests in so many seconds; in every answer to a key.',
        "schema": {"type": "string"},
    },
    "RateLimit": {
        "description": '`"requests";r=5999;t=12`: so many left, more after so many seconds; in every answer to a key.',
        "schema": {"type": "string"},
    },
}
_APPLIED = {
    "Preference-Applied": {
        "description": "`wait=N` when the answer was held for it (RFC 7240).",
        "schema": {"type": "string"},
    }
}


def problems(*statuses: int) -> Responses:
    """Problem answers with these statuses, each with an example, and any other error as the default."""
    described: Responses = {status: _problem(status) for status in statuses}
    if HTTPStatus.UNAUTHORIZED in statuses:  # what needs a key counts against its tenant's rate
        described[429] = _problem(429) | {"headers": _RATES}
    described["default"] = {"description": "Any other error.", "content": _content()}
    return described


def posted(status: int, description: str, *statuses: int) -> Responses:
    """The answers of a POST: its own with the headers that it may carry, and problems."""
    own = {"description": description, "headers": _REPLAYED | (_LOCATION if status == HTTPStatus.CREATED else {})}
    return {status: own} | problems(400, 409, 413, 422, *statuses)


def submitted(job: Any, *statuses: int, estimate: Any = None) -> Responses:
    """The answers of a POST that makes a job: 202 at once, 200 when `Prefer: wait` saw it end or for a dry run."""
    ended = {"description": "The job ended while the answer was held.", "model": job}
    if estimate is not None:
        ended = {"description": "The job ended while the answer was held, or a dry run.", "model": job | estimate}
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
