"""The transport: idempotency keys for POST, safe retries, and exceptions for error responses."""

import re
import uuid
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

import httpx

from choreo import tls
from choreo._async.sleep import sleep
from choreo.errors import ChoreoError, InvalidArgument, NotConfigured, UnexpectedAnswer, Unreachable
from choreo.responses import error_of
from choreo.retries import IDEMPOTENCY_KEY, Retries, retry_after

ToError = Callable[[httpx.Response, float | None], ChoreoError]
RECEIVED: ContextVar[bool] = ContextVar("choreo.received", default=False)
"""Whether the present call has a successful response: an error after it is the response's fault."""
_HEADER_VALUE = re.compile(rb"(?:[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?")
"""RFC 9110, section 5.5."""


class AsyncHttp(httpx.AsyncClient):
    """An httpx client that returns successful responses only. `to_error` converts others to exceptions."""

    def __init__(self, *, retries: Retries, to_error: ToError = error_of, **options: Any) -> None:
        try:
            super().__init__(verify=tls.context(), **options)
        except (ImportError, ValueError) as error:
            raise NotConfigured(f"the proxy of the environment cannot be used: {error}") from error
        self._retries = retries
        self._to_error = to_error

    def build_request(self, *arguments: Any, **options: Any) -> httpx.Request:
        """See httpx. Raises InvalidArgument: the request cannot be sent."""
        try:
            request = super().build_request(*arguments, **options)
        except (OverflowError, RecursionError, TypeError, ValueError, httpx.InvalidURL) as error:
            raise InvalidArgument(f"the request cannot be sent: {error}") from error
        for name, value in request.headers.raw:
            if not _HEADER_VALUE.fullmatch(value):
                raise InvalidArgument(f"{name.decode()} cannot be sent as a header: {value!r}")
        return request

    async def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        """See httpx; retries according to `Retries`.

        Raises:
            Unreachable: no response was received.
            UnexpectedAnswer: the response cannot be read.
            InvalidArgument: the request cannot be sent.
            ChoreoError: the exception from `to_error` for an error response.
        """
        if request.method == "POST":
            request.headers.setdefault(IDEMPOTENCY_KEY, str(uuid.uuid4()))
        tried = 0
        while True:
            tried += 1
            outcome = await self._try(request, tried, options)
            if isinstance(outcome, httpx.Response):
                RECEIVED.set(True)
                return outcome
            await sleep(outcome)

    async def _try(self, request: httpx.Request, tried: int, options: dict[str, Any]) -> httpx.Response | float:
        """A successful response, or the seconds until the next try; raises after the last one."""
        asked = f"{request.method} {request.url.copy_with(query=None)}"
        try:
            response = await super().send(request, **options)
            if response.is_success:
                return response
            await response.aread()
        except httpx.LocalProtocolError as error:
            raise InvalidArgument(f"{asked} cannot be sent: {error}") from error
        except (httpx.UnsupportedProtocol, UnicodeError) as error:  # UnicodeError: a host name that is none
            raise UnexpectedAnswer(f"{asked}: not a URL that can be read: {error}") from error
        except httpx.TransportError as error:
            seconds = self._retries.after_error(request, error, tried)
            if seconds is None:
                raise Unreachable(f"{asked} received no response: {error!r}") from error
            return seconds
        except (httpx.RequestError, httpx.InvalidURL) as error:
            raise UnexpectedAnswer(f"{asked}: the response cannot be read: {error!r}") from error
        await response.aclose()
        seconds = self._retries.after_answer(request, response, tried)
        if seconds is None:
            raise self._to_error(response, retry_after(response))
        return seconds
