"""A step that runs again and again until it is told to stop: the shape of the relay, the sweep and the deliveries."""

import logging
import threading
import time
from collections.abc import Callable

log = logging.getLogger(__name__)

Step = Callable[[], bool]
"""Does one round; true means there may be more to do at once."""


def nothing() -> None:
    """Tell nobody."""


class Loop:
    """Runs `step` until stopped, in a thread of its own after `start`.

    A round that raises is logged and tried again after the pause, which grows to `LONGEST_PAUSE`:
    a database or broker that is away for a minute must not end the process that repairs its losses.
    """

    LONGEST_PAUSE = 5.0
    LONGEST_ROUND = 60.0

    def __init__(self, name: str, step: Step, *, pause: float, interrupt: Callable[[], None] = nothing) -> None:
        """`pause` is the time between rounds that found nothing to do, in seconds.

        `interrupt` is called when the loop is told to stop, so that a long round can end early.
        """
        self.name, self._step, self._pause, self._interrupt = name, step, pause, interrupt
        self._stopped = threading.Event()
        self._failure: str | None = "no round has ended yet"
        self._changed_at = time.monotonic()
        self._thread = threading.Thread(target=self.run, name=name, daemon=True)

    @property
    def trouble(self) -> str | None:
        """StopReason its work is not being done: its last round failed, or does not end. None when all is well."""
        silent = time.monotonic() - self._changed_at
        if silent > self.LONGEST_ROUND:
            return f"no round has ended for {silent:.0f} s"
        return self._failure

    def start(self) -> None:
        """Begin, in a thread of its own."""
        self._thread.start()

    def leave(self) -> None:
        """Ask it to end after the round in progress, without waiting for that."""
        self._stopped.set()
        self._interrupt()

    def stop(self, timeout: float = 10.0) -> None:
        """End after the round in progress, waiting at most `timeout` seconds for it."""
        self.leave()
        if self._thread.is_alive():
            self._thread.join(timeout)

    def run(self) -> None:
        """Run rounds here until `stop`."""
        pause = self._pause
        while not self._stopped.is_set():
            try:
                more, pause, self._failure = self._step(), self._pause, None
            except Exception as error:
                log.exception("%s: a round failed", self.name)
                more, pause = False, min(2 * pause + 0.1, self.LONGEST_PAUSE)
                self._failure = f"{type(error).__name__}: {error}"
            self._changed_at = time.monotonic()
            if not more:
                self._stopped.wait(pause)
