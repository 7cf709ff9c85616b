"""Shared by the resources: the generated client over the hand-written transport, headers, pagination."""

from collections.abc import AsyncIterator, Callable, Sequence
from typing import ParamSpec, Protocol, TypeVar

from choreo._async.http import RECEIVED, AsyncHttp
from choreo._async.sleep import Result
from choreo._async.storage import AsyncStorage
from choreo.errors import InvalidArgument, UnexpectedAnswer
from choreo.generated.client import AuthenticatedClient
from choreo.generated.models import Problem
from choreo.generated.types import Unset
from choreo.responses import MALFORMED, or_unset

P = ParamSpec("P")
T = TypeVar("T")
Item = TypeVar("Item")
Item_co = TypeVar("Item_co", covariant=True)
PAGE = 100


class Page(Protocol[Item_co]):
    """Page size of lists."""

    @property
    def data(self) -> Sequence[Item_co]: ...
    @property
    def next_cursor(self) -> str | None: ...


class AsyncCalls:
    """The connection of the resources to one service."""

    def __init__(self, client: AuthenticatedClient, http: AsyncHttp, storage: AsyncStorage) -> None:
        self.client = client
        self.http = http
        self.storage = storage

    async def ask(self, call: Callable[P, Result[T | Problem | None]], *arguments: P.args, **options: P.kwargs) -> T:
        """The parsed response of a generated call; problem responses were raised before. Raises what `run` raises."""
        value = await self.run(call, *arguments, **options)
        if value is None or isinstance(value, Problem):
            raise UnexpectedAnswer("the response has a success status that the OpenAPI document does not define")
        return value

    async def run(self, call: Callable[P, Result[T]], *arguments: P.args, **options: P.kwargs) -> T:
        """What a generated call returns.

        Raises:
            InvalidArgument: an argument cannot be sent; nothing was sent.
            UnexpectedAnswer: a successful response that the OpenAPI document does not define.
        """
        RECEIVED.set(False)
        try:
            return await call(*arguments, **options)
        except MALFORMED as error:
            if RECEIVED.get():
                raise UnexpectedAnswer(f"the response does not match the OpenAPI document: {error!r}") from error
            raise InvalidArgument(f"the request cannot be sent: {error!r}") from error


async def walk(
    read: Callable[[str | Unset], Result[Page[Item]]],
) -> AsyncIterator[Item]:
    """All items of a list, page by page, on demand. `read` gets the cursor of a page."""
    cursor: str | None = None
    while True:
        page = await read(or_unset(cursor))
        for item in page.data:
            yield item
        cursor = page.next_cursor
        if cursor is None:
            return
