"""Waiting for jobs without holding a thread or a database connection: one small query per tick for all who wait."""

import asyncio
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from starlette.concurrency import run_in_threadpool

MAX_WAIT_SECONDS = 60.0
_WAIT = re.compile(r"\s*wait\s*=\s*\"?(\d{1,9})\"?\s*", re.IGNORECASE)


class Standing(NamedTuple):
    """How far a job is."""

    state_seq: int
    ended: bool


ReadStandings = Callable[[frozenset[str]], Mapping[str, Standing]]
"""Reads where the jobs with these ids stand; runs in a thread and holds a connection only meanwhile."""


def wait_preference(prefer: str | None) -> float:
    """The seconds asked for by `Prefer: wait=N` (RFC 7240), at most 60; 0 when the header says nothing about it."""
    for part in re.split(r"[,;]", prefer or ""):
        if found := _WAIT.fullmatch(part):
            return min(float(found.group(1)), MAX_WAIT_SECONDS)
    return 0.0


@dataclass(frozen=True, slots=True, eq=False)
class _Waiter:
    job_id: str
    wanted: Callable[[Standing], bool]
    news: asyncio.Future[bool]

    def look(self, standing: Standing | None) -> None:
        if standing is not None and self.wanted(standing):
            self.answer(came=True)

    def answer(self, *, came: bool) -> None:
        if not self.news.done():
            self.news.set_result(came)


class JobWatch:
    """Wakes coroutines when the job they wait for has come far enough.

    A single task reads all awaited jobs together every `interval` seconds and exists only while somebody waits.
    """

    def __init__(self, read_standings: ReadStandings, *, interval: float = 0.2) -> None:
        self._read_standings = read_standings
        self._interval = interval
        self._waiters: set[_Waiter] = set()
        self._ticker: asyncio.Task[None] | None = None
        self.is_closed = False

    def close(self) -> None:
        """The service is about to end: nobody waits any longer, as if their time were over."""
        self.is_closed = True
        for waiter in self._waiters:
            waiter.answer(came=False)

    async def changed(self, job_id: str, *, after: int, within: float) -> bool:
        """Whether the job's `state_seq` rose over `after` within so many seconds; raises what reading raised."""
        return await self._wait(job_id, lambda standing: standing.state_seq > after, within)

    async def ended(self, job_id: str, *, within: float) -> bool:
        """Whether the job reached a terminal state within so many seconds; raises what reading raised."""
        return await self._wait(job_id, lambda standing: standing.ended, within)

    async def _wait(self, job_id: str, wanted: Callable[[Standing], bool], within: float) -> bool:
        if self.is_closed:
            return False
        waiter = _Waiter(job_id, wanted, asyncio.get_running_loop().create_future())
        self._waiters.add(waiter)
        self._tick_from_now_on()
        try:
            async with asyncio.timeout(within):
                return await waiter.news
        except TimeoutError:
            return False
        finally:
            self._waiters.discard(waiter)

    def _tick_from_now_on(self) -> None:
        if self._ticker is None or self._ticker.done():
            self._ticker = asyncio.create_task(self._tick())
            self._ticker.add_done_callback(self._tell_failure)

    async def _tick(self) -> None:
        while self._waiters:
            standings = await run_in_threadpool(self._read_standings, frozenset(one.job_id for one in self._waiters))
            for waiter in tuple(self._waiters):
                waiter.look(standings.get(waiter.job_id))
            await asyncio.sleep(self._interval)

    def _tell_failure(self, ticker: asyncio.Task[None]) -> None:
        error = None if ticker.cancelled() else ticker.exception()
        for waiter in tuple(self._waiters) if error else ():
            if error and not waiter.news.done():
                waiter.news.set_exception(error)
