"""A function that is called again and again in a thread until it is stopped, for the relay and the sweep."""

import logging
import threading
import time
from collections.abc import Callable

from services.db.sessions import is_disconnect

log = logging.getLogger(__name__)

Step = Callable[[], bool]
"""One iteration; returns whether the next one should start at once because there may be more to do."""


def run_all(*steps: Callable[[], object]) -> None:
    """Call every step, also after another one has failed. Raises the first error, after the others were logged.

    An unreachable database ends the sequence at once, since no step works without it.
    """
    first: Exception | None = None
    for step in steps:
        try:
            step()
        except Exception as error:
            if first is not None:
                log.exception("a further step failed")
            first = first or error
            if is_disconnect(error):
                break
    if first is not None:
        raise first


def no_interrupt() -> None:
    """Do nothing."""


class Loop:
    """Calls `step` until stopped; in a thread of its own after `start`.

    An iteration that raises is logged and tried again after a pause, which doubles up to `MAX_PAUSE_SECONDS`:
    the process that repairs losses must survive a database or broker that is unreachable for a minute.
    """

    MAX_PAUSE_SECONDS = 5.0
    MAX_ITERATION_SECONDS = 60.0
    """A longer iteration counts as a problem."""

    def __init__(self, name: str, step: Step, *, pause: float, interrupt: Callable[[], None] = no_interrupt) -> None:
        """`pause` is the time in seconds before the next iteration when the last one found nothing to do.

        `interrupt` is called when the loop is asked to stop, so that a long iteration can end early.
        """
        self.name, self._step, self._pause, self._interrupt = name, step, pause, interrupt
        self._stopped = threading.Event()
        self._error: str | None = "no iteration has finished yet"
        self._finished_at = time.monotonic()
        self._thread = threading.Thread(target=self.run, name=name, daemon=True)

    @property
    def problem(self) -> str | None:
        """The error of the last iteration, or that the current one takes too long; None when the loop is healthy."""
        elapsed = time.monotonic() - self._finished_at
        if elapsed > self.MAX_ITERATION_SECONDS:
            return f"no iteration has finished for {elapsed:.0f} s"
        return self._error

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def request_stop(self) -> None:
        """Ask the loop to stop after the current iteration; does not wait for it."""
        self._stopped.set()
        self._interrupt()

    def stop(self, timeout: float = 10.0) -> None:
        """Stop after the current iteration, waiting at most `timeout` seconds for it."""
        self.request_stop()
        if self._thread.is_alive():
            self._thread.join(timeout)

    def run(self) -> None:
        """Run iterations in the calling thread until the loop is stopped."""
        pause = self._pause
        while not self._stopped.is_set():
            try:
                more, pause, self._error = self._step(), self._pause, None
            except Exception as error:
                log.exception("%s: an iteration failed", self.name)
                more, pause = False, min(2 * pause + 0.1, self.MAX_PAUSE_SECONDS)
                self._error = f"{type(error).__name__}: {error}"
            self._finished_at = time.monotonic()
            if not more:
                self._stopped.wait(pause)
