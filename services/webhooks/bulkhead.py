"""Concurrency limits of deliveries (bulkhead pattern), so that slow receivers cannot block the others."""

import time
from collections import Counter
from collections.abc import Collection, Mapping
from concurrent.futures import Future
from typing import NamedTuple
from urllib.parse import urlsplit

from sqlalchemy import ColumnElement, or_

from services.db.tables import WebhookDeliveryRow

MAX_RECENT = 64
"""Maximum number of concurrent requests younger than `SLOW_SECONDS`."""
SLOW_SECONDS = 1.0
"""Age at which a request counts as slow and no longer occupies one of the `MAX_RECENT` slots."""
MAX_CONCURRENT = 128
MAX_PER_RECEIVER = 4


class PendingRequest(NamedTuple):
    """A request in progress: its receiver and its start time on the monotonic clock."""

    receiver: str
    began: float


class Bulkhead:
    """Tracks requests in progress and how many more may start."""

    def __init__(self) -> None:
        self._posts: dict[Future[None], PendingRequest] = {}

    @property
    def posts(self) -> Collection[Future[None]]:
        """The requests in progress."""
        return self._posts.keys()

    @property
    def num_free(self) -> int:
        """Number of requests that may start now."""
        slow_since = time.monotonic() - SLOW_SECONDS
        num_quick = sum(post.began > slow_since for post in self._posts.values())
        return max(0, min(MAX_RECENT - num_quick, MAX_CONCURRENT - len(self._posts)))

    @property
    def busy(self) -> Mapping[str, int]:
        """Number of requests in progress by receiver."""
        return Counter(post.receiver for post in self._posts.values())

    def add(self, url: str, post: Future[None]) -> None:
        """Register a started request."""
        self._posts[post] = PendingRequest(receiver_of(url), time.monotonic())

    def collect(self) -> list[Future[None]]:
        """Remove and return the requests that have ended."""
        ended = [post for post in self._posts if post.done()]
        for post in ended:
            del self._posts[post]
        return ended


def receiver_of(url: str) -> str:
    """The receiver of a URL: scheme, host and port as written."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def goes_to(receiver: str) -> ColumnElement[bool]:
    """SQL condition: the delivery goes to this receiver."""
    url = WebhookDeliveryRow.url
    starts = [url.startswith(receiver + mark, autoescape=True) for mark in ("/", "?", "#")]
    return or_(url == receiver, *starts)
