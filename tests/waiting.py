"""Waiting for a condition with a timeout and a message."""

import time
from collections.abc import Callable
from typing import TypeVar

POLL_SECONDS = 0.02
LONGEST_POLL_SECONDS = 0.2
PAUSE_SHARE = 0.05
"""The pause before the next evaluation, as a share of the time waited so far."""

T = TypeVar("T")


def wait_until(
    condition: Callable[[], T],
    *,
    timeout: float = 10.0,
    what: str = "the condition",
    longest_pause: float = LONGEST_POLL_SECONDS,
) -> T:
    """Return the first truthy value of `condition`; fail with `what` after `timeout` seconds.

    The pause between two evaluations grows with the time waited, from 20 ms to `longest_pause`: a condition is often a
    request to a server, and fifty of those per second take a third of a core from the processes that are waited for.
    """
    start = time.monotonic()
    while True:
        value = condition()
        if value:
            return value
        waited = time.monotonic() - start
        if waited > timeout:
            raise AssertionError(f"{what} did not happen within {timeout:g} s")
        pause = min(max(PAUSE_SHARE * waited, POLL_SECONDS), longest_pause)
        time.sleep(pause)  # noqa: TID251 - the one place where tests poll
