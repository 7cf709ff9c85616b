"""A step that runs again and again until it is told to stop: the shape of the relay, the sweep and the deliveries."""

import logging
import signal
import threading
from collections.abc import Callable, Sequence

log = logging.getLogger(__name__)

Step = Callable[[], bool]
"""Does one round; true means there may be more to do at once."""


class Loop:
    """Runs `step` until stopped, in a thread of its own after `start`.

    A round that raises is logged and tried again after the pause, which grows to `LONGEST_PAUSE`:
    a database or broker that is away for a minute must not end the process that repairs its losses.
    """

    LONGEST_PAUSE = 30.0

    def __init__(self, name: str, step: Step, *, pause: float) -> None:
        """`pause` is the time between rounds that found nothing to do, in seconds."""
        self._name, self._step, self._pause = name, step, pause
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self.run, name=name, daemon=True)

    def start(self) -> None:
        """Begin, in a thread of its own."""
        self._thread.start()

    def stop(self, timeout: float = 10.0) -> None:
        """End after the round in progress, waiting at most `timeout` seconds for it."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join(timeout)

    def run(self) -> None:
        """Run rounds here until `stop`."""
        pause = self._pause
        while not self._stopped.is_set():
            try:
                more, pause = self._step(), self._pause
            except Exception:
                log.exception("%s: a round failed", self._name)
                more, pause = False, min(2 * pause + 0.1, self.LONGEST_PAUSE)
            if not more:
                self._stopped.wait(pause)


def run_until_signalled(loops: Sequence[Loop]) -> None:
    """Run loops in this process until SIGINT or SIGTERM."""
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: ended.set())
    for loop in loops:
        loop.start()
    ended.wait()
    for loop in loops:
        loop.stop()
