"""Shared by the resources: the generated client over the hand-written transport, headers, pagination."""

from collections.abc import Callable, Iterator, Sequence
from typing import ParamSpec, Protocol, TypeVar

from choreo._sync.http import RECEIVED, Http
from choreo._sync.sleep import Result
from choreo._sync.storage import Storage
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


class Calls:
    """The connection of the resources to one service."""

    def __init__(self, client: AuthenticatedClient, http: Http, storage: Storage) -> None:
        self.client = client
        self.http = http
        self.storage = storage

    def ask(self, call: Callable[P, Result[T | Problem | None]], *arguments: P.args, **options: P.kwargs) -> T:
        """The parsed response of a generated call; problem responses were raised before. Raises what `run` raises."""
        value = self.run(call, *arguments, **options)
        if value is None or isinstance(value, Problem):
            raise UnexpectedAnswer("the response has a success status that the OpenAPI document does not define")
        return value

    def run(self, call: Callable[P, Result[T]], *arguments: P.args, **options: P.kwargs) -> T:
        """What a generated call returns.

        Raises:
            InvalidArgument: an argument cannot be sent; nothing was sent.
            UnexpectedAnswer: a successful response that the OpenAPI document does not define.
        """
        RECEIVED.set(False)
        try:
            return call(*arguments, **options)
        except MALFORMED as error:
            if RECEIVED.get():
                raise UnexpectedAnswer(f"the response does not match the OpenAPI document: {error!r}") from error
            raise InvalidArgument(f"the request cannot be sent: {error!r}") from error


def walk(
    read: Callable[[str | Unset], Result[Page[Item]]],
) -> Iterator[Item]:
    """All items of a list, page by page, on demand. `read` gets the cursor of a page."""
    cursor: str | None = None
    while True:
        page = read(or_unset(cursor))
        for item in page.data:
            yield item
        cursor = page.next_cursor
        if cursor is None:
            return
