"""Sleeping and blocking file access without blocking the event loop."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias, TypeVar, TypeVarTuple

import anyio
from anyio import to_thread

T = TypeVar("T")
Ts = TypeVarTuple("Ts")
Result: TypeAlias = Awaitable[T]
"""The awaitable result of a call."""


async def sleep(seconds: float) -> None:
    """Sleep."""
    await anyio.sleep(seconds)


async def run_in_thread(work: Callable[[*Ts], T], *arguments: *Ts) -> T:
    """Run blocking work, such as reading a file, in a thread."""
    return await to_thread.run_sync(work, *arguments)
