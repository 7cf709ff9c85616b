"""Concurrent reads of one key share one read; a later read is new."""

import asyncio

import pytest

from api.single_flight import SingleFlight


class Source:
    """Returns the number of reads, after `release`."""

    def __init__(self) -> None:
        self.num_requests = 0
        self.open = asyncio.Event()

    async def read(self) -> int:
        self.num_requests += 1
        mine = self.num_requests
        await self.open.wait()
        if mine == 3:
            raise LookupError
        return mine


def test_a_reading_is_shared_by_who_waits_and_no_longer():
    async def run() -> None:
        shared, source = SingleFlight[int](), Source()
        waiting = [asyncio.create_task(shared.read("a", source.read)) for _ in range(10)]
        other = asyncio.create_task(shared.read("b", source.read))
        await asyncio.sleep(0)
        waiting[0].cancel()
        source.open.set()
        assert await asyncio.gather(*waiting[1:], other) == [1] * 9 + [2]
        with pytest.raises(asyncio.CancelledError):
            await waiting[0]
        failing = [asyncio.create_task(shared.read("a", source.read)) for _ in range(2)]
        for one in failing:
            with pytest.raises(LookupError):
                await one
        assert await shared.read("a", source.read) == 4

    asyncio.run(run())
