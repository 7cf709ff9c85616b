"""What the nouns share: the generated client with the hand-written sender inside, headers of a call, pages."""

from collections.abc import Callable, Iterator, Sequence
from typing import ParamSpec, Protocol, TypeVar

from choreo._sync.http import Http
from choreo._sync.pauses import Soon
from choreo._sync.storage import Storage
from choreo.answers import given
from choreo.errors import UnexpectedAnswer
from choreo.generated.client import AuthenticatedClient
from choreo.generated.models import Problem
from choreo.generated.types import Unset

P = ParamSpec("P")
T = TypeVar("T")
Item = TypeVar("Item")
Item_co = TypeVar("Item_co", covariant=True)
PAGE = 100


class Page(Protocol[Item_co]):
    """One page of any list."""

    @property
    def data(self) -> Sequence[Item_co]: ...
    @property
    def next_cursor(self) -> str | None: ...


class Calls:
    """What every noun needs to speak to one service."""

    def __init__(self, client: AuthenticatedClient, http: Http, storage: Storage) -> None:
        self.client = client
        self.http = http
        self.storage = storage

    def ask(self, call: Callable[P, Soon[T | Problem | None]], *arguments: P.args, **options: P.kwargs) -> T:
        """What a generated call brings; problems were raised before.

        Raises:
            UnexpectedAnswer: a success that the document does not know.
        """
        try:
            value = call(*arguments, **options)
        except (KeyError, TypeError, ValueError) as error:
            raise UnexpectedAnswer(f"the answer is not what the document says: {error!r}") from error
        if value is None or isinstance(value, Problem):
            raise UnexpectedAnswer("the service answered with a success that the document does not know")
        return value


def walk(
    read: Callable[[str | Unset], Soon[Page[Item]]],
) -> Iterator[Item]:
    """Every item of a list, page after page, as they are asked for. `read` gets the cursor of a page."""
    cursor: str | None = None
    while True:
        page = read(given(cursor))
        for item in page.data:
            yield item
        cursor = page.next_cursor
        if cursor is None:
            return
