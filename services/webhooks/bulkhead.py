"""Who may be sent to now: receivers that hang take neither every sender nor, one of them, more than a few."""

import time
from collections import Counter
from collections.abc import Collection, Mapping
from concurrent.futures import Future
from typing import NamedTuple
from urllib.parse import urlsplit

from sqlalchemy import ColumnElement, or_

from services.db.tables import WebhookDeliveryRow

NUM_QUICK = 64
"""Posts at once that have just begun."""
SLOW_SECONDS = 1.0
"""After how long a post makes room for another that has just begun."""
NUM_AT_ONCE = 128
NUM_PER_RECEIVER = 4


class Post(NamedTuple):
    """A post in progress: to which receiver, and since when by the steady clock."""

    receiver: str
    began: float


class Bulkhead:
    """Counts the posts in progress and says how many more may begin."""

    def __init__(self) -> None:
        self._posts: dict[Future[None], Post] = {}

    @property
    def posts(self) -> Collection[Future[None]]:
        """Those in progress."""
        return self._posts.keys()

    @property
    def num_free(self) -> int:
        """How many may begin now."""
        slow_since = time.monotonic() - SLOW_SECONDS
        num_quick = sum(post.began > slow_since for post in self._posts.values())
        return max(0, min(NUM_QUICK - num_quick, NUM_AT_ONCE - len(self._posts)))

    @property
    def busy(self) -> Mapping[str, int]:
        """Posts in progress by receiver."""
        return Counter(post.receiver for post in self._posts.values())

    def add(self, url: str, post: Future[None]) -> None:
        """A post to this URL has begun."""
        self._posts[post] = Post(receiver_of(url), time.monotonic())

    def collect(self) -> list[Future[None]]:
        """Those that have ended since the last time."""
        ended = [post for post in self._posts if post.done()]
        for post in ended:
            del self._posts[post]
        return ended


def receiver_of(url: str) -> str:
    """Who answers at a URL: its scheme, host and port, as they are written."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def goes_to(receiver: str) -> ColumnElement[bool]:
    """Whether a delivery goes to this receiver."""
    url = WebhookDeliveryRow.url
    starts = [url.startswith(receiver + mark, autoescape=True) for mark in ("/", "?", "#")]
    return or_(url == receiver, *starts)
