"""Waiting for jobs without holding a thread or a database connection: one query per interval for all waiters."""

import asyncio
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from starlette.concurrency import run_in_threadpool

MAX_WAIT_SECONDS = 60.0
_WAIT = re.compile(r"\s*wait\s*=\s*\"?(\d{1,9})\"?\s*", re.IGNORECASE)


class JobStatus(NamedTuple):
    """A job's `state_seq`, and whether it has ended."""

    state_seq: int
    ended: bool


ReadStates = Callable[[frozenset[str]], Mapping[str, JobStatus]]
"""Reads the states of jobs; runs in a thread and holds a connection only for the query."""


def wait_preference(prefer: str | None) -> float:
    """The seconds of `Prefer: wait=N` (RFC 7240), at most 60; 0 without it."""
    for part in re.split(r"[,;]", prefer or ""):
        if found := _WAIT.fullmatch(part):
            return min(float(found.group(1)), MAX_WAIT_SECONDS)
    return 0.0


@dataclass(frozen=True, slots=True, eq=False)
class _Waiter:
    job_id: str
    wanted: Callable[[JobStatus], bool]
    result: asyncio.Future[bool]

    def look(self, status: JobStatus | None) -> None:
        if status is not None and self.wanted(status):
            self.answer(came=True)

    def answer(self, *, came: bool) -> None:
        if not self.result.done():
            self.result.set_result(came)


class JobWatch:
    """Wakes coroutines that wait for a change or the end of a job.

    One task reads all awaited jobs every `interval` seconds, and runs only while there are waiters.
    """

    def __init__(self, read_standings: ReadStates, *, interval: float = 0.2) -> None:
        self._read_standings = read_standings
        self._interval = interval
        self._waiters: set[_Waiter] = set()
        self._ticker: asyncio.Task[None] | None = None
        self.is_closed = False

    def close(self) -> None:
        """End all waits as timed out, at the service's shutdown."""
        self.is_closed = True
        for waiter in self._waiters:
            waiter.answer(came=False)

    async def changed(self, job_id: str, *, after: int, within: float) -> bool:
        """Wait until the job's `state_seq` exceeds `after`; False after `within` seconds."""
        return await self._wait(job_id, lambda status: status.state_seq > after, within)

    async def ended(self, job_id: str, *, within: float) -> bool:
        """Wait until the job has ended; False after `within` seconds. Raises the error of the read."""
        return await self._wait(job_id, lambda status: status.ended, within)

    async def _wait(self, job_id: str, wanted: Callable[[JobStatus], bool], within: float) -> bool:
        if self.is_closed:
            return False
        waiter = _Waiter(job_id, wanted, asyncio.get_running_loop().create_future())
        self._waiters.add(waiter)
        self._tick_from_now_on()
        try:
            async with asyncio.timeout(within):
                return await waiter.result
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
            statuses = await run_in_threadpool(self._read_standings, frozenset(one.job_id for one in self._waiters))
            for waiter in tuple(self._waiters):
                waiter.look(statuses.get(waiter.job_id))
            await asyncio.sleep(self._interval)

    def _tell_failure(self, ticker: asyncio.Task[None]) -> None:
        error = None if ticker.cancelled() else ticker.exception()
        for waiter in tuple(self._waiters) if error else ():
            if error and not waiter.result.done():
                waiter.result.set_exception(error)
