import asyncio
import threading
from collections.abc import Mapping

import pytest

from api.waiting import JobStatus, JobWatch, wait_preference


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, 0),
        ("", 0),
        ("wait=5", 5),
        ("respond-async, wait=10", 10),
        ("respond-async;foo, WAIT = 10", 10),
        ('wait="7"', 7),
        ("wait=600", 60),
        ("wait=-1", 0),
        ("wait=1.5", 0),
        ("wait=x", 0),
        ("await=5", 0),
    ],
)
def test_wait_preference(header: str | None, seconds: float):
    assert wait_preference(header) == seconds


ENDED = 100


class Jobs:
    """The states that a watch reads, and a record of its reads."""

    def __init__(self, **seqs: int) -> None:
        self.seqs = seqs
        self.reads: list[frozenset[str]] = []
        self.threads: set[int] = set()
        self.error: Exception | None = None
        self.looked = threading.Event()

    def __call__(self, job_ids: frozenset[str]) -> Mapping[str, JobStatus]:
        self.reads.append(job_ids)
        self.looked.set()
        self.threads.add(threading.get_ident())
        if self.error is not None:
            raise self.error
        return {id: JobStatus(seq, seq >= ENDED) for id, seq in self.seqs.items() if id in job_ids}


def test_one_query_serves_all_who_wait_and_none_runs_afterwards():
    jobs = Jobs(a=1, b=1)

    async def scenario() -> list[bool]:
        watch = JobWatch(jobs, interval=0.01)
        waits = [asyncio.create_task(watch.changed(id, after=1, within=30)) for id in ("a", "b", "a")]
        assert await asyncio.to_thread(jobs.looked.wait, 10)
        jobs.seqs = {"a": 2, "b": 2}
        woken = await asyncio.gather(*waits)
        assert watch._ticker is not None
        await asyncio.wait_for(watch._ticker, 10)
        return woken

    assert asyncio.run(scenario()) == [True, True, True]
    assert jobs.reads[0] == {"a", "b"}
    assert threading.get_ident() not in jobs.threads


def test_a_wait_ends_at_its_timeout():
    async def scenario() -> bool:
        return await JobWatch(Jobs(a=1), interval=0.01).changed("a", after=1, within=0.05)

    assert asyncio.run(scenario()) is False


def test_what_happened_before_the_wait_counts():
    async def scenario() -> bool:
        return await JobWatch(Jobs(a=5), interval=0.01).changed("a", after=1, within=30)

    assert asyncio.run(scenario()) is True


def test_a_failure_to_read_reaches_who_waits_and_the_next_wait_works():
    jobs = Jobs(a=2)

    async def scenario() -> bool:
        watch = JobWatch(jobs, interval=0.01)
        jobs.error = ConnectionError("gone")
        with pytest.raises(ConnectionError):
            await watch.changed("a", after=1, within=30)
        jobs.error = None
        return await watch.changed("a", after=1, within=30)

    assert asyncio.run(scenario()) is True


def test_waiting_for_the_end_sleeps_through_progress():
    jobs = Jobs(a=1)

    async def scenario() -> tuple[bool, bool]:
        watch = JobWatch(jobs, interval=0.01)
        end = asyncio.create_task(watch.ended("a", within=30))
        for seq in range(2, 5):
            jobs.seqs = {"a": seq}
            assert await watch.changed("a", after=seq - 1, within=30)
        early = end.done()
        jobs.seqs = {"a": ENDED}
        return early, await end

    assert asyncio.run(scenario()) == (False, True)


def test_closing_lets_everybody_go_as_if_their_time_were_over():
    jobs = Jobs(a=1)

    async def scenario() -> tuple[bool, bool]:
        watch = JobWatch(jobs, interval=0.01)
        waiting = asyncio.create_task(watch.changed("a", after=1, within=30))
        assert await asyncio.to_thread(jobs.looked.wait, 10)
        watch.close()
        return await waiting, await watch.ended("a", within=30)

    assert asyncio.run(scenario()) == (False, False)
