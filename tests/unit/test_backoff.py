"""Backoff between attempts: it doubles up to a bound, and does not apply after a lost attempt."""

from datetime import timedelta
from itertools import pairwise
from random import Random

import pytest

from services.jobs.scheduling.backoff import MAX_JITTER, MAX_SECONDS, Backoff


def test_waits_double_up_to_a_bound():
    waits = [Backoff(first_seconds=1, rng=Random(0)).after_failure(number, 0) for number in range(1, 2000)]
    assert waits[:3] == [waits[0], 2 * waits[0], 4 * waits[0]]
    assert all(earlier <= later for earlier, later in pairwise(waits))
    assert timedelta(seconds=MAX_SECONDS) <= waits[-1] <= timedelta(seconds=MAX_SECONDS * (1 + MAX_JITTER))


def test_jobs_that_failed_together_do_not_come_back_together():
    backoff = Backoff(first_seconds=10)
    waits = {backoff.after_failure(1, 0) for _ in range(100)}
    assert len(waits) == 100
    assert timedelta(seconds=10) <= min(waits) < max(waits) <= timedelta(seconds=10 * (1 + MAX_JITTER))


@pytest.mark.parametrize(("num_failed", "num_lost", "doublings"), [(0, 1, None), (4, 1, None), (0, 2, 0), (1, 3, 2)])
def test_the_first_loss_costs_nothing(num_failed: int, num_lost: int, doublings: int | None):
    wait = Backoff(first_seconds=1, rng=Random(0)).after_loss(num_failed, num_lost)
    first = Backoff(first_seconds=1, rng=Random(0)).after_failure(1, 0)
    assert wait == (timedelta(0) if doublings is None else 2**doublings * first)
