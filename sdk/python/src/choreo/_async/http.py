"""The transport: idempotency keys for POST, safe retries, and exceptions for error responses."""

import uuid
from collections.abc import Callable
from typing import Any

import httpx

from choreo import tls
from choreo._async.sleep import sleep
from choreo.errors import ChoreoError, Unreachable
from choreo.responses import error_of
from choreo.retries import IDEMPOTENCY_KEY, Retries, retry_after

ToError = Callable[[httpx.Response, float | None], ChoreoError]


class AsyncHttp(httpx.AsyncClient):
    """An httpx client that returns successful responses only. `to_error` converts others to exceptions."""

    def __init__(self, *, retries: Retries, to_error: ToError = error_of, **options: Any) -> None:
        super().__init__(verify=tls.context(), **options)
        self._retries = retries
        self._to_error = to_error

    async def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        """See httpx; retries according to `Retries`.

        Raises:
            Unreachable: no response was received.
            ChoreoError: the exception from `to_error` for an error response.
        """
        if request.method == "POST":
            request.headers.setdefault(IDEMPOTENCY_KEY, str(uuid.uuid4()))
        tried = 0
        while True:
            tried += 1
            outcome = await self._try(request, tried, options)
            if isinstance(outcome, httpx.Response):
                return outcome
            await sleep(outcome)

    async def _try(self, request: httpx.Request, tried: int, options: dict[str, Any]) -> httpx.Response | float:
        """A successful response, or the seconds until the next try; raises after the last one."""
        try:
            response = await super().send(request, **options)
            if response.is_success:
                return response
            await response.aread()
        except httpx.TransportError as error:
            seconds = self._retries.after_error(request, error, tried)
            if seconds is None:
                url = request.url.copy_with(query=None)
                raise Unreachable(f"{request.method} {url} received no response: {error!r}") from error
            return seconds
        await response.aclose()
        seconds = self._retries.after_answer(request, response, tried)
        if seconds is None:
            raise self._to_error(response, retry_after(response))
        return seconds
