"""A middleware that looks at the head and the key of a request before anything reads, or asks for, its body."""

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette._utils import get_route_path
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from api.deps import identify
from api.errors import response_to
from shared.errors import ChoreoError

_KEYED = "/v1/"


class AmbiguousLength(ChoreoError):
    """The request has `Content-Length` and `Transfer-Encoding`; a proxy may have another opinion of where it ends."""

    code, title, status = "ambiguous_length", "Ambiguous length", 400


class KeyFirst:
    """Refuses a request that has a body and no valid key, or an ambiguous length (RFC 9112 section 6.3).

    FastAPI reads the body before it calls dependencies. `exempt` paths have permissions of their own.
    """

    def __init__(self, app: ASGIApp, exempt: str) -> None:
        self.app = app
        self.exempt = exempt

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        names = {name for name, _ in scope.get("headers", ())} & {b"content-length", b"transfer-encoding"}
        if scope["type"] != "http" or not names:
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        try:
            if len(names) == 2:
                raise AmbiguousLength
            path = get_route_path(scope)
            if path.startswith(_KEYED) and not path.startswith(self.exempt):
                request.state.principal = await run_in_threadpool(identify, request, scope["app"].state.choreo)
        except (ChoreoError, DBAPIError, PoolTimeout) as error:
            response = response_to(request, error)
            if isinstance(error, AmbiguousLength):
                response.headers["Connection"] = "close"
            await response(scope, receive, send)
            return
        await self.app(scope, receive, send)
