"""Middleware: public addresses, request ids, rate limit headers, and the body size limit."""

import math
import re
from collections.abc import Callable
from urllib.parse import urlsplit

from starlette._utils import get_route_path
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.accounts.rates import POLICY, RateStatus

REQUEST_ID_HEADER = "X-Request-Id"
_LENGTH = re.compile("[0-9]{1,18}")
_ACCEPTABLE_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,80}")


class PublicUrl:
    """Makes every request one to the public URL, so that the addresses that are made from it are right for callers.

    A proxy may have ended TLS, changed the host, and removed the public URL's path or not.
    """

    def __init__(self, app: ASGIApp, public_url: str) -> None:
        self.app = app
        parts = urlsplit(public_url)
        self.scheme, self.host, self.prefix = parts.scheme, parts.netloc.encode(), parts.path.rstrip("/")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            path: str = scope["path"]
            inside = path == self.prefix or path.startswith(f"{self.prefix}/")
            headers = [(name, value) for name, value in scope["headers"] if name != b"host"]
            scope["scheme"], scope["root_path"] = self.scheme, self.prefix
            scope["path"] = path if inside else self.prefix + path
            scope["headers"] = [(b"host", self.host), *headers]
        await self.app(scope, receive, send)


class RequestId:
    """Assigns each request an id, or takes a valid one from the caller, and returns it in the response."""

    def __init__(self, app: ASGIApp, new_request_id: Callable[[], str]) -> None:
        self.app = app
        self.new_request_id = new_request_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        offered = Headers(scope=scope).get(REQUEST_ID_HEADER, "")
        request_id = offered if _ACCEPTABLE_REQUEST_ID.fullmatch(offered) else self.new_request_id()
        scope.setdefault("state", {})["request_id"] = request_id

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[REQUEST_ID_HEADER] = request_id
            await send(message)

        await self.app(scope, receive, send_with_id)


class RateHeaders:
    """Adds the rate limit fields of draft-ietf-httpapi-ratelimit-headers-10.

    Requests that were not counted, without a key or while Redis is unavailable, get no such fields.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_standing(message: Message) -> None:
            standing: RateStatus | None = scope.get("state", {}).get("rate")
            if standing is not None and message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["RateLimit-Policy"] = f'"{POLICY}";q={standing.quota};w={standing.window_seconds}'
                headers["RateLimit"] = f'"{POLICY}";r={standing.remaining};t={math.ceil(standing.resets_in)}'
            await send(message)

        await self.app(scope, receive, send_with_standing)


class BodyLimit:
    """Refuses bodies over `limit` bytes with 413, declared or streamed; `exempt` paths have their own limits."""

    def __init__(self, app: ASGIApp, limit: int, exempt: str) -> None:
        self.app = app
        self.limit = limit
        self.exempt = exempt

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or get_route_path(scope).startswith(self.exempt):
            await self.app(scope, receive, send)
            return
        declared = Headers(scope=scope).get("content-length", "")
        await self.app(scope, _Counted(receive, self.limit, int(declared) if _LENGTH.fullmatch(declared) else 0), send)


class _Counted:
    """A `receive` that counts bytes and raises 413 when the body exceeds the limit."""

    def __init__(self, receive: Receive, limit: int, declared: int) -> None:
        self.receive = receive
        self.limit = limit
        self.declared = declared
        self.seen = 0

    async def __call__(self) -> Message:
        if self.declared > self.limit:
            raise HTTPException(413, f"The body may have at most {self.limit} bytes.")
        message = await self.receive()
        self.seen += len(message.get("body", b""))
        if self.seen > self.limit:
            raise HTTPException(413, f"The body may have at most {self.limit} bytes.")
        return message
