"""What an attempt has to say beside its progress, written down now and then: losing some of it costs nobody a job."""

import logging
import time
from collections.abc import Callable, Sequence

from sqlalchemy.exc import DBAPIError

from services.jobs.state.logs import LogEntry, MetricSample
from services.motion.engine.messages import ProgressEvent
from shared.clock import Clock
from shared.schemas.logs import LogLevel

log = logging.getLogger(__name__)

MOST_POINTS = 1000
"""Points of one phase that are kept, or twice as many at most."""
MOST_WAITING = 5000

Write = Callable[[Sequence[LogEntry], Sequence[MetricSample]], None]
Listen = Callable[[], Sequence[str]]


def silence() -> Sequence[str]:
    """Nobody says anything."""
    return ()


class Journal:
    """Collects lines and points, and hands them to `write` every few seconds."""

    def __init__(self, write: Write, clock: Clock, *, every: float, listen: Listen = silence) -> None:
        """`every` is the time between two writings, in seconds; `listen` is asked before each for what others say."""
        self._write, self._clock, self._every, self._listen = write, clock, every, listen
        self._lines: list[LogEntry] = []
        self._points: list[MetricSample] = []
        self._phase = ""
        self._written_at = time.monotonic()

    def say(self, message: str, level: LogLevel = "info") -> None:
        """One line."""
        self._lines.append(LogEntry(self._clock.now(), level, message))

    def step(self, event: ProgressEvent) -> None:
        """One step of the engine: a line when a phase begins, and a point then, or unless there are many."""
        begins = event.phase != self._phase
        if begins:
            self._phase = event.phase
            self.say(f"{event.phase}: step {event.step} of {event.total_steps}")
        if begins or event.step % max(1, event.total_steps // MOST_POINTS) == 0:
            self._points.append(
                MetricSample(
                    at=self._clock.now(),
                    phase=event.phase,
                    step=event.step,
                    loss=event.loss,
                    seconds_per_step=event.seconds_per_step,
                    memory_bytes=event.memory_bytes,
                )
            )

    def write_when_due(self) -> None:
        """Write if the last time was long enough ago."""
        if time.monotonic() - self._written_at >= self._every:
            self.write()

    def write(self) -> None:
        """Write what there is. While the record is away it is kept for the next time, up to a bound."""
        self._written_at = time.monotonic()
        for message in self._listen():
            self.say(message)
        if not self._lines and not self._points:
            return
        try:
            self._write(self._lines, self._points)
        except DBAPIError as error:
            log.warning("the journal was not written: %s", error.orig)
            self._lines, self._points = self._lines[-MOST_WAITING:], self._points[-MOST_WAITING:]
        else:
            self._lines, self._points = [], []
