"""Single flight: concurrent reads of the same key share one read."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

Value = TypeVar("Value")


class SingleFlight(Generic[Value]):
    """Callers that arrive during a read get its result; later callers start a new read."""

    def __init__(self) -> None:
        self._under_way: dict[Hashable, asyncio.Future[Value]] = {}

    async def read(self, key: Hashable, read: Callable[[], Awaitable[Value]]) -> Value:
        """The result of `read`, shared by concurrent callers with the same `key`. Raises what `read` raises."""
        reading = self._under_way.get(key)
        if reading is None:
            reading = asyncio.ensure_future(read())
            self._under_way[key] = reading
            reading.add_done_callback(lambda _: self._under_way.pop(key))
        return await asyncio.shield(reading)  # a canceled caller does not cancel the shared read
