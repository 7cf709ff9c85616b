"""How to let time pass and files be read without holding up anybody else."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias, TypeVar, TypeVarTuple

import anyio
from anyio import to_thread

T = TypeVar("T")
Ts = TypeVarTuple("Ts")
Soon: TypeAlias = Awaitable[T]
"""What a call gives that has to be waited for."""


async def pause(seconds: float) -> None:
    """Lets so many seconds pass."""
    await anyio.sleep(seconds)


async def apart(work: Callable[[*Ts], T], *arguments: *Ts) -> T:
    """Does work that blocks, such as reading a file, in a thread."""
    return await to_thread.run_sync(work, *arguments)
