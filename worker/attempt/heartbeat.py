"""The lease of one attempt, kept by a thread of its own: it says we live and brings back what we are told to do."""

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from types import TracebackType
from typing import Self

from sqlalchemy.exc import DBAPIError

from services.jobs.state.types import HeartbeatReply
from shared.errors import Fenced, NotFound
from shared.schemas.job import Progress

log = logging.getLogger(__name__)

LISTEN_SECONDS = 0.5
"""How often a heart listens between its beats: a canceled job must not hold the accelerator until the next one."""


class LeaseStatus(StrEnum):
    """What an attempt has been told."""

    CARRY_ON = "carry on"
    CANCEL = "cancel"
    FENCED = "fenced"


Say = Callable[[Progress | None], HeartbeatReply]
"""One beat with the latest progress, or with none. Raises `Fenced`, and `NotFound` when the job is gone."""
Listen = Callable[[], bool]
"""Whether the record has news for this attempt, which a beat brings. A glance, cheaper than a beat."""


def silence() -> bool:
    """No news."""
    return False


class Heartbeat:
    """Beats every `beat_seconds` while the block runs, and at once when it hears that there is news.

    An attempt that could not beat for a whole lease has lost it as far as it can know, so it counts as fenced.
    """

    def __init__(self, say: Say, *, beat_seconds: float, lease_seconds: float, listen: Listen = silence) -> None:
        self._say, self._every, self._lease, self._listen = say, beat_seconds, lease_seconds, listen
        self._guard = threading.Lock()
        self._progress: Progress | None = None
        self._order = LeaseStatus.CARRY_ON
        self._news: HeartbeatReply | None = None
        self._beaten_at = time.monotonic()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)

    @property
    def order(self) -> LeaseStatus:
        """What this attempt has been told so far. Once fenced, always fenced."""
        with self._guard:
            return self._order

    @property
    def finish_by(self) -> datetime | None:
        """The moment after which finishing is of no use."""
        return self._news.finish_by if self._news else None

    @property
    def news(self) -> HeartbeatReply | None:
        """What the latest beat has brought, None before the first."""
        return self._news

    def report(self, progress: Progress) -> None:
        """Leave progress for the next beat."""
        with self._guard:
            self._progress = progress

    def fence(self) -> None:
        """Somebody else has learnt that this attempt is over."""
        self._settle(LeaseStatus.FENCED)

    def beat(self) -> LeaseStatus:
        """Beat now; returns what we are told."""
        with self._guard:
            if self._order is LeaseStatus.FENCED:
                return self._order
            progress, self._progress = self._progress, None
        order = self._tell(progress)
        return order or self._tell(None) or self._settle(LeaseStatus.FENCED)

    def _tell(self, progress: Progress | None) -> LeaseStatus | None:
        """Beat once; None if the record is away and the lease is over, so that only one more word is worth trying."""
        started = time.monotonic()
        try:
            news = self._say(progress)
        except (Fenced, NotFound) as error:
            log.warning("fenced: %s", error)
            return self._settle(LeaseStatus.FENCED)
        except DBAPIError as error:
            log.warning("a beat failed: %s", error.orig)
            return None if time.monotonic() - self._beaten_at > self._lease else self.order
        self._beaten_at, self._news = started, news
        return self._settle(LeaseStatus.CANCEL if news.cancel else LeaseStatus.CARRY_ON)

    def _settle(self, order: LeaseStatus) -> LeaseStatus:
        with self._guard:
            if self._order is not LeaseStatus.FENCED:
                self._order = order
            return self._order

    def _run(self) -> None:
        due = time.monotonic() + self._every
        while not self._ended.wait(min(self._every, LISTEN_SECONDS)):
            if time.monotonic() < due and not self._hears():
                continue
            due = time.monotonic() + self._every
            if self.beat() is LeaseStatus.FENCED:
                return

    def _hears(self) -> bool:
        if self.order is not LeaseStatus.CARRY_ON:
            return False
        try:
            return self._listen()
        except DBAPIError as error:
            log.warning("the record cannot be read: %s", error.orig)
            return False

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def stop(self) -> None:
        """Beat no more: the next word about the attempt is its last."""
        self._ended.set()
        self._thread.join()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()
