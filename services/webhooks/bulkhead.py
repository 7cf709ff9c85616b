"""Concurrency limits of deliveries (bulkhead pattern): slow receivers and busy tenants cannot block the others."""

import time
from collections import Counter
from concurrent.futures import Future
from typing import NamedTuple
from urllib.parse import urlsplit

MAX_RECENT = 64
"""Maximum number of concurrent requests younger than `SLOW_SECONDS`."""
SLOW_SECONDS = 1.0
"""Age at which a request counts as slow and no longer occupies one of the `MAX_RECENT` slots."""
MAX_CONCURRENT = 128
MAX_PER_RECEIVER = 4


class Slots:
    """Free slots at one moment, of which a sender takes some for due deliveries.

    A tenant may hold as many slots as are free: one tenant alone gets half of them, a second one half of the rest, and
    so on (dynamic thresholds, Choudhury and Hahne 1998). Some slots are free whatever the number of its receivers is.
    """

    def __init__(self) -> None:
        self._of_receiver: Counter[str] = Counter()
        self._of_tenant: Counter[str] = Counter()
        self._recent_of_tenant: Counter[str] = Counter()

    @property
    def num_free(self) -> int:
        """Number of requests that may start now."""
        return max(0, min(self._num_idle, self._num_idle_recent))

    def is_receiver_full(self, receiver: str) -> bool:
        """Whether the receiver has as many requests in progress as one may have."""
        return self._of_receiver[receiver] >= MAX_PER_RECEIVER

    def is_full(self, tenant_id: str) -> bool:
        """Whether the tenant has its share of the slots."""
        is_full = self._of_tenant[tenant_id] > self._num_idle
        return is_full or self._recent_of_tenant[tenant_id] > self._num_idle_recent

    def take(self, tenant_id: str, url: str) -> bool:
        """Take a slot for a new request; False if there is none for this tenant or this receiver."""
        receiver = receiver_of(url)
        if not self.num_free or self.is_full(tenant_id) or self.is_receiver_full(receiver):
            return False
        self.occupy(tenant_id, receiver, recent=True)
        return True

    def occupy(self, tenant_id: str, receiver: str, *, recent: bool) -> None:
        """Count a request; `recent` says whether it is younger than `SLOW_SECONDS`."""
        self._of_receiver[receiver] += 1
        self._of_tenant[tenant_id] += 1
        self._recent_of_tenant[tenant_id] += recent

    @property
    def _num_idle(self) -> int:
        return MAX_CONCURRENT - self._of_tenant.total()

    @property
    def _num_idle_recent(self) -> int:
        return MAX_RECENT - self._recent_of_tenant.total()


class PendingRequest(NamedTuple):
    """A request in progress: its tenant, its receiver and its start time on the monotonic clock."""

    tenant_id: str
    receiver: str
    began: float


class Bulkhead:
    """Tracks requests in progress."""

    def __init__(self) -> None:
        self._posts: dict[Future[None], PendingRequest] = {}

    @property
    def posts(self) -> list[Future[None]]:
        """The requests in progress."""
        return list(self._posts)

    def slots(self) -> Slots:
        """The slots that are free now."""
        slow_since = time.monotonic() - SLOW_SECONDS
        slots = Slots()
        for post in self._posts.values():
            slots.occupy(post.tenant_id, post.receiver, recent=post.began > slow_since)
        return slots

    def add(self, tenant_id: str, url: str, post: Future[None]) -> None:
        """Register a started request."""
        self._posts[post] = PendingRequest(tenant_id, receiver_of(url), time.monotonic())

    def collect(self) -> list[Future[None]]:
        """Remove and return the requests that have ended."""
        ended = [post for post in self._posts if post.done()]
        for post in ended:
            del self._posts[post]
        return ended


def receiver_of(url: str) -> str:
    """The receiver of a URL: scheme, host and port as written. The whole text, if it is not a URL."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    return f"{parts.scheme}://{parts.netloc}"
