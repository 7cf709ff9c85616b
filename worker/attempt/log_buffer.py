"""A buffer for an attempt's log lines and metric points, written to the database every few seconds."""

import logging
import time
from collections.abc import Callable, Sequence

from services.db.sessions import is_disconnect
from services.jobs.state.logs import LogEntry, MetricSample
from services.motion.engine.messages import ProgressEvent
from shared.clock import Clock
from shared.schemas.logs import LogLevel
from shared.text import clean

log = logging.getLogger(__name__)

MAX_POINTS = 1000
"""A phase with more steps than this is thinned; it has at most twice as many points."""
MAX_LINE_LENGTH = 2000
MAX_BUFFERED = 5000
"""Lines, and points, that are kept while the database is unreachable; older ones are dropped."""

Write = Callable[[Sequence[LogEntry], Sequence[MetricSample]], None]
ReadEngineLog = Callable[[], Sequence[str]]


def no_engine_log() -> Sequence[str]:
    """There are no lines."""
    return ()


class LogBuffer:
    """Collects log lines and metric points and passes them to `write`."""

    def __init__(
        self, write: Write, clock: Clock, *, interval_seconds: float, read_engine_log: ReadEngineLog = no_engine_log
    ) -> None:
        """`interval_seconds` is the time between two writes; `read_engine_log` returns lines to add before each."""
        self._write, self._clock = write, clock
        self._interval, self._read_engine_log = interval_seconds, read_engine_log
        self._lines: list[LogEntry] = []
        self._points: list[MetricSample] = []
        self._phase = ""
        self._flushed_at = time.monotonic()

    def add_line(self, message: str, level: LogLevel = "info") -> None:
        """Add a log line. Characters that no database stores are replaced, and a long line is cut."""
        self._lines.append(LogEntry(self._clock.now(), level, clean(message, MAX_LINE_LENGTH)))

    def add_step(self, event: ProgressEvent) -> None:
        """Add a step of the engine: a log line if a phase starts, and a point unless the phase is thinned."""
        starts_phase = event.phase != self._phase
        if starts_phase:
            self._phase = event.phase
            self.add_line(f"{event.phase}: step {event.step} of {event.total_steps}")
        if starts_phase or event.step % max(1, event.total_steps // MAX_POINTS) == 0:
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

    def flush_if_due(self) -> None:
        """Write the buffer if the last write was `interval_seconds` ago."""
        if time.monotonic() - self._flushed_at >= self._interval:
            self.flush()

    def flush(self) -> None:
        """Write the buffer. If the database is unreachable, its content stays for the next write, up to a limit.

        Content that the database refuses is dropped, with a line that says so.
        """
        self._flushed_at = time.monotonic()
        for message in self._read_engine_log():
            self.add_line(message)
        if not self._lines and not self._points:
            return
        try:
            self._write(self._lines, self._points)
        except Exception as error:
            if is_disconnect(error):
                log.warning("the job's log was not written: %s", getattr(error, "orig", error))
                self._lines, self._points = self._lines[-MAX_BUFFERED:], self._points[-MAX_BUFFERED:]
                return
            log.exception("the database refused a part of the job's log")
            dropped = f"{len(self._lines)} lines and {len(self._points)} points of this log could not be stored"
            self._lines, self._points = [], []
            self.add_line(dropped, "warning")
        else:
            self._lines, self._points = [], []
