"""Who may have clips completed and examined now: bounds for everybody, a share for each tenant, tenants in turn."""

import threading
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from itertools import count

from shared.errors import Unavailable

MAX_EXAMINED = 2
"""Clips that are examined at the same time: a probe may use one core and 2 GB."""
MAX_EXAMINED_OF_TENANT = MAX_EXAMINED - 1
MAX_IN_PROGRESS = 16
"""Clips that are fetched, examined or wait for it. Each has a file of up to `CHOREO_MAX_CLIP_BYTES` on disk."""
MAX_IN_PROGRESS_OF_TENANT = 4
QUEUE_SECONDS = 30.0
RETRY_SECONDS = 10.0


class ExaminationSlots:
    """Admits clips to completion, and those to their examination, from several threads."""

    def __init__(self, *, queue_seconds: float = QUEUE_SECONDS) -> None:
        self._queue_seconds = queue_seconds
        self._in_progress: Counter[str] = Counter()
        self._examined: Counter[str] = Counter()
        self._waiting: dict[int, str] = {}
        self._last_turn: dict[str, int] = {}
        self._ticket = count()
        self._changed = threading.Condition()

    @contextmanager
    def admitted(self, tenant_id: str) -> Generator[None]:
        """Count a clip of the tenant as in progress.

        A tenant may have at most `MAX_IN_PROGRESS_OF_TENANT`, and no more than there are free places, so that some are
        left for others. Raises Unavailable.
        """
        with self._changed:
            num_free = MAX_IN_PROGRESS - self._in_progress.total()
            if self._in_progress[tenant_id] >= min(MAX_IN_PROGRESS_OF_TENANT, num_free):
                raise _too_many()
            self._in_progress[tenant_id] += 1
        try:
            yield
        finally:
            with self._changed:
                self._in_progress[tenant_id] -= 1

    @contextmanager
    def examining(self, tenant_id: str) -> Generator[None]:
        """Hold a slot for an examination. The tenant that had one longest ago is the next.

        Raises Unavailable when there is none within `queue_seconds`.
        """
        with self._changed:
            ticket = next(self._ticket)
            self._waiting[ticket] = tenant_id
            try:
                if not self._changed.wait_for(lambda: self._next() == ticket, self._queue_seconds):
                    raise _too_many()
            finally:
                del self._waiting[ticket]
            self._examined[tenant_id] += 1
            self._last_turn[tenant_id] = ticket
            self._changed.notify_all()
        try:
            yield
        finally:
            with self._changed:
                self._examined[tenant_id] -= 1
                self._changed.notify_all()

    def _next(self) -> int | None:
        """The ticket that has its turn, if there is a free slot for one."""
        if self._examined.total() >= MAX_EXAMINED:
            return None
        may = [one for one, tenant in self._waiting.items() if self._examined[tenant] < MAX_EXAMINED_OF_TENANT]
        return min(may, key=lambda one: (self._last_turn.get(self._waiting[one], -1), one), default=None)


def _too_many() -> Unavailable:
    return Unavailable("too many clips are being examined", retry_after=RETRY_SECONDS)
