"""Batches of rows of which some may be poisoned: one that cannot be processed does not keep the others waiting."""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, TypeVar

from services.db.sessions import WriteSession, is_disconnect

log = logging.getLogger(__name__)

UNREADABLE = (ValueError, TypeError, LookupError, AttributeError)
"""Errors of code that reads a row whose JSON columns have another form than it expects."""

Item = TypeVar("Item")
Result = TypeVar("Result")


def isolate(
    session: WriteSession,
    items: Sequence[Item],
    process: Callable[[Item], Result],
    *,
    on_failure: Callable[[Item, Exception], None],
) -> list[Result]:
    """Process all items in one transaction; returns the results of those that could be processed.

    They are processed in one savepoint. If one of them fails, what it did is undone and each is processed in a
    savepoint of its own; `on_failure` is called for those that fail again. An unreachable database is raised.
    """
    if not items:
        return []
    whole = _attempt(session, lambda: [process(item) for item in items])
    if not isinstance(whole, Exception):
        return whole
    if len(items) == 1:
        on_failure(items[0], whole)
        return []
    results: list[Result] = []
    for item in items:
        result = _attempt(session, lambda item=item: process(item))
        if isinstance(result, Exception):
            on_failure(item, result)
        else:
            results.append(result)
    return results


def _attempt(session: WriteSession, process: Callable[[], Result]) -> Result | Exception:
    try:
        with session.savepoint():
            return process()
    except Exception as error:
        if is_disconnect(error):
            raise
        return error


class _Failure(NamedTuple):
    number: int
    """How often the item has failed in succession."""
    until: float
    """When it is tried again, on the monotonic clock."""


class Quarantine:
    """Items whose processing failed, by id: each is left out for a time that doubles with every failure.

    It is kept in memory: another process, and this one after a restart, tries each item again.
    """

    FIRST_SECONDS, MAX_SECONDS = 5.0, 3600.0
    MAX_ITEMS = 1000
    """Maximum number of items; beyond it the oldest is forgotten, and so tried again."""

    def __init__(self, kind: str, clock: Callable[[], float] = time.monotonic) -> None:
        """`kind` says in log lines what the items are; `clock` returns seconds."""
        self._kind, self._clock = kind, clock
        self._failures: dict[str, _Failure] = {}

    @property
    def ids(self) -> list[str]:
        """The items to leave out now."""
        now = self._clock()
        return [id for id, failure in self._failures.items() if failure.until > now]

    def process(
        self, session: WriteSession, items: Mapping[str, Item], process: Callable[[Item], Result]
    ) -> list[Result]:
        """See `isolate`; the ids of `items` that fail are added, and those of the others are removed."""
        failed: set[str] = set()

        def fail(item: tuple[str, Item], error: Exception) -> None:
            failed.add(item[0])
            self.add(item[0], error)

        results = isolate(session, list(items.items()), lambda item: process(item[1]), on_failure=fail)
        for id in items.keys() - failed:
            self.discard(id)
        return results

    def add(self, id: str, error: Exception) -> None:
        """An item failed with `error`, which is logged."""
        number = self._failures.pop(id, _Failure(0, 0.0)).number + 1
        pause = min(self.MAX_SECONDS, self.FIRST_SECONDS * 2 ** min(number - 1, 20))
        log.error("%s %s failed; it is tried again in %g s", self._kind, id, pause, exc_info=error)
        self._failures[id] = _Failure(number, self._clock() + pause)
        if len(self._failures) > self.MAX_ITEMS:
            del self._failures[next(iter(self._failures))]

    def discard(self, id: str) -> None:
        """An item was processed."""
        self._failures.pop(id, None)
