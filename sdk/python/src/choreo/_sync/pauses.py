"""How to let time pass and files be read, for callers who block anyway. By hand: the twin of `choreo._async.pauses`."""

import time
from collections.abc import Callable
from typing import Annotated, TypeAlias, TypeVar, TypeVarTuple

T = TypeVar("T")
Ts = TypeVarTuple("Ts")
Soon: TypeAlias = Annotated[T, "at once"]
"""What a call gives, which is the value itself."""


def pause(seconds: float) -> None:
    """Lets so many seconds pass."""
    time.sleep(seconds)  # noqa: TID251 - the caller asked to wait; Ctrl-C ends it


def apart(work: Callable[[*Ts], T], *arguments: *Ts) -> T:
    """Does the work here and now."""
    return work(*arguments)
