"""Sleeping and blocking file access. Written by hand: the counterpart of `choreo._async.sleep`."""

import time
from collections.abc import Callable
from typing import Annotated, TypeAlias, TypeVar, TypeVarTuple

T = TypeVar("T")
Ts = TypeVarTuple("Ts")
Result: TypeAlias = Annotated[T, "not awaitable"]
"""The result of a call."""


def sleep(seconds: float) -> None:
    """Sleep."""
    time.sleep(seconds)  # noqa: TID251 - the caller asked to wait; Ctrl-C ends it


def run_in_thread(work: Callable[[*Ts], T], *arguments: *Ts) -> T:
    """Run the work in this thread."""
    return work(*arguments)
