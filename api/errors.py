"""Error responses: every error becomes `application/problem+json` (RFC 9457), without a traceback."""

import logging
import math
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, cast

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from api import request_rules
from api.middleware import REQUEST_ID_HEADER
from services.db.sessions import is_disconnect
from shared.clock import SystemClock
from shared.errors import ChoreoError, FieldError, Invalid, NotFound, TooLarge, Unavailable
from shared.ids import new_id
from shared.schemas.problem import Problem, ProblemField

PROBLEM_MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_SECONDS = 5
"""Retry-After when a dependency of the service is unavailable."""
log = logging.getLogger(__name__)

_SQLITE_UNAVAILABLE = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
}
_OWN_CODES = {"extra_forbidden": "unknown_field", "missing": "required"}
_OWN_ERRORS: dict[int, type[ChoreoError]] = {404: NotFound, 413: TooLarge}
_MALFORMED, _GONE = "malformed_json", "client_gone"
_OF_STATUS = {
    405: "method_not_allowed",
    408: "request_timeout",
    415: "unsupported_media_type",
    416: "range_not_satisfiable",
}
HTTP_ERROR_CODES = {_MALFORMED: 400, _GONE: 400} | {code: status for status, code in _OF_STATUS.items()}
"""Error codes of the HTTP layer, which no domain error has, with their statuses."""


class ProblemResponse(JSONResponse):
    """A problem response."""

    media_type = PROBLEM_MEDIA_TYPE


def problem_type(code: str) -> str:
    """The type URI of a problem; it ends with `code`."""
    return f"urn:choreo:problem:{code}"


def problem_response(
    request: Request,
    *,
    code: str,
    status: int,
    detail: str,
    title: str | None = None,
    retryable: bool = False,
    errors: Iterable[FieldError] = (),
    policies: Iterable[str] = (),
    headers: Mapping[str, str] | None = None,
) -> ProblemResponse:
    """Build a problem response. `errors` are the invalid fields, `policies` the violated limits."""
    problem = Problem(
        type=problem_type(code),
        title=title or HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        code=code,
        request_id=request.state.request_id,
        retryable=retryable,
        errors=[ProblemField(**error._asdict()) for error in errors],
        violated_policies=list(policies),
    )
    return ProblemResponse(problem.model_dump(mode="json"), status, headers)


def connection_problem(status: int, code: str, detail: str) -> bytes:
    """The body of a problem that ends a connection before there is a request."""
    problem = Problem(
        type=problem_type(code),
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        code=code,
        request_id=new_id("req", SystemClock()),
        retryable=status == HTTPStatus.SERVICE_UNAVAILABLE,
    )
    return problem.model_dump_json().encode()


def response_to(request: Request, error: ChoreoError | DBAPIError | PoolTimeout) -> Response:
    """The response to an error of a middleware, which is outside of the exception handlers. Raises other errors."""
    return _domain_error(request, error) if isinstance(error, ChoreoError) else _database_error(request, error)


def install(app: FastAPI) -> None:
    """Install the exception handlers."""
    app.add_exception_handler(ChoreoError, _domain_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(ClientDisconnect, _disconnected)
    app.add_exception_handler(DBAPIError, _database_error)
    app.add_exception_handler(PoolTimeout, _database_error)
    app.add_exception_handler(Exception, _internal_error)


def _domain_error(request: Request, error: Exception) -> Response:
    error = cast(ChoreoError, error)
    hidden = error.status >= HTTPStatus.INTERNAL_SERVER_ERROR and not error.retryable
    return problem_response(
        request,
        code=error.code,
        status=error.status,
        detail=_doc(type(error)) if hidden else error.message,
        title=error.title if error.title != ChoreoError.title else None,
        retryable=error.retryable,
        errors=error.errors,
        policies=error.policies,
        headers=_headers(error),
    )


def _headers(error: ChoreoError) -> dict[str, str]:
    headers: dict[str, str] = {}
    if error.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    retry_after = error.retry_after
    if retry_after is None and error.status == HTTPStatus.SERVICE_UNAVAILABLE:
        retry_after = RETRY_AFTER_SECONDS
    if retry_after is not None:
        headers["Retry-After"] = str(math.ceil(retry_after))
    return headers


def _validation_error(request: Request, error: Exception) -> Response:
    found = cast(Sequence[dict[str, Any]], cast(RequestValidationError, error).errors())
    if all(one["loc"][0] == "path" for one in found):
        return _domain_error(request, NotFound())
    if found[0]["type"] == "json_invalid":
        detail = f"The body is not JSON: {found[0]['ctx']['error']} at character {found[0]['loc'][1]}."
        return problem_response(request, code=_MALFORMED, status=400, detail=detail)
    if isinstance(found[0].get("input"), bytes):
        return _http_error(request, HTTPException(415, "Send the body as application/json."))
    fields = tuple(_field(one) for one in found)
    summary = "; ".join(f"{field.pointer or 'body'}: {field.message}" for field in fields[:3])
    return _domain_error(request, Invalid(summary, errors=fields))


def _field(found: Mapping[str, Any]) -> FieldError:
    kind: str = found["type"]
    code = _OWN_CODES.get(kind, kind)
    message = "This field is not known." if code == "unknown_field" else str(found["msg"])
    return FieldError(pointer(found["loc"]), code, message)


def pointer(location: Sequence[str | int]) -> str:
    """The location of a value: a JSON pointer into the body (RFC 6901), or such as `query/limit` outside the body."""
    source, *rest = location
    parts = [str(part).replace("~", "~0").replace("/", "~1") for part in rest if part != "[key]"]
    return "".join(f"/{part}" for part in parts) if source == "body" else "/".join([str(source), *parts])


def _http_error(request: Request, error: Exception) -> Response:
    error = cast(HTTPException, error)
    status = HTTPStatus(error.status_code)
    own = _OWN_ERRORS.get(status)
    code, title = (own.code, own.title) if own else (_OF_STATUS.get(status, status.name.lower()), status.phrase)
    if status == HTTPStatus.BAD_REQUEST:  # raised by FastAPI for bodies that cannot be decoded or are nested too deeply
        code = _MALFORMED
    detail = error.detail if error.detail != status.phrase else f"{status.phrase}: {request.url.path}"
    headers = dict(error.headers or {})
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = ", ".join(request_rules.methods(request))
    return problem_response(request, code=code, title=title, status=status, detail=detail, headers=headers)


def _disconnected(request: Request, _error: Exception) -> Response:
    return problem_response(request, code=_GONE, status=400, detail="The caller left before the body ended.")


def _database_error(request: Request, error: Exception) -> Response:
    """503 while the database is unavailable, full or busy; any other database error is an internal error."""
    cause = error.orig if isinstance(error, DBAPIError) else None
    if isinstance(error, DBAPIError) and not is_disconnect(error):
        raise error
    if isinstance(cause, sqlite3.OperationalError) and cause.sqlite_errorcode & 0xFF not in _SQLITE_UNAVAILABLE:
        raise error
    log.warning("the database does not answer: %s", cause or error)
    return _domain_error(request, Unavailable("The database does not answer; try again."))


def _internal_error(request: Request, _error: Exception) -> Response:
    """An internal error. Starlette raises it again after the response, so the server's log has the traceback."""
    response = _domain_error(request, ChoreoError())
    response.headers[REQUEST_ID_HEADER] = request.state.request_id
    return response


def _doc(kind: type[ChoreoError]) -> str:
    return (kind.__doc__ or ChoreoError.__doc__ or "").strip().splitlines()[0]
