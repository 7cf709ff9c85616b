"""Estimates from past jobs: coverage of the intervals, and the wait for a free worker."""

import random

import pytest

from services.jobs.scheduling.throughput import Throughput, wait
from shared.schemas.estimate import Interval


@pytest.mark.parametrize(("num_past", "promised"), [(2, 1 / 3), (8, 7 / 9), (9, 0.8), (19, 0.8), (50, 41 / 51)])
def test_the_interval_holds_the_next_job_as_often_as_it_says(num_past: int, promised: float):
    rng = random.Random(7)

    def job() -> tuple[float, float]:
        work = rng.uniform(1e6, 1e9)
        return work * 1e-8 * rng.lognormvariate(0, 0.5), work

    held = 0
    for _ in range(4000):
        throughput = Throughput.of([job() for _ in range(num_past)])
        assert throughput is not None
        assert throughput.confidence == pytest.approx(promised)
        seconds, work = job()
        held += throughput.seconds(work).low <= seconds <= throughput.seconds(work).high
    assert held / 4000 == pytest.approx(promised, abs=0.025)


def test_one_job_tells_nothing():
    assert Throughput.of([]) is None
    assert Throughput.of([(3.0, 10.0)]) is None


def test_twice_the_work_takes_twice_as_long():
    throughput = Throughput.of([(1.0, 10.0), (2.0, 10.0), (6.0, 10.0)])
    assert throughput is not None
    assert throughput.seconds(20) == Interval(low=2, likely=4, high=12)


@pytest.mark.parametrize(
    ("running", "ahead", "num_workers", "likely"),
    [
        ([], [], 1, 0),
        ([30], [], 1, 30),
        ([30], [], 2, 0),
        ([30, 10], [], 2, 10),
        ([30, 10], [5, 5], 2, 20),
        ([30, 10], [5, 50], 2, 30),
        ([], [10, 10, 10], 2, 10),
    ],
)
def test_the_wait_is_until_a_worker_is_free(running: list[float], ahead: list[float], num_workers: int, likely: float):
    found = wait(Throughput(0.5, 1.0, 2.0, 0.8), running, ahead, num_workers)
    assert found is not None
    assert (found.low, found.likely, found.high) == (likely / 2, likely, likely * 2)


def test_without_a_pace_only_an_idle_worker_is_certain():
    assert wait(None, [30], [], 2) == Interval(low=0, likely=0, high=0)
    assert wait(None, [30], [], 1) is None
