"""Readings that several wait for at once, done once: a hundred listeners to one job ask the database one question."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

Value = TypeVar("Value")


class SingleFlight(Generic[Value]):
    """Who asks while the same is being read gets that answer; who asks later has it read again."""

    def __init__(self) -> None:
        self._under_way: dict[Hashable, asyncio.Future[Value]] = {}

    async def read(self, key: Hashable, read: Callable[[], Awaitable[Value]]) -> Value:
        """What `read` answers, or raises; `key` says what is read, and for whom."""
        reading = self._under_way.get(key)
        if reading is None:
            reading = asyncio.ensure_future(read())
            self._under_way[key] = reading
            reading.add_done_callback(lambda _: self._under_way.pop(key))
        return await asyncio.shield(reading)  # a listener that leaves takes it from nobody else
