"""Rate limits: the same contract in one process and in several that share a Redis."""

import socket
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from services.accounts.rates import RateLimiter
from tests.waiting import wait_until

QUOTA = 20


@pytest.fixture(params=["memory", "redis"])
def url(request: pytest.FixtureRequest) -> str:
    return "memory://" if request.param == "memory" else request.getfixturevalue("redis_url")


def test_a_window_admits_its_quota_and_says_what_is_left(url: str):
    rates = RateLimiter(url, window_seconds=60)
    stood = [rates.hit("ten_1", 3) for _ in range(5)]
    assert [one and (one.is_admitted, one.remaining) for one in stood] == [
        (True, 2), (True, 1), (True, 0), (False, 0), (False, 0)
    ]  # fmt: skip
    assert all(one and 0 < one.resets_in <= 60 for one in stood)
    other = rates.hit("ten_2", 3)
    assert other
    assert other.is_admitted


def test_threads_do_not_share_a_request(url: str):
    rates = RateLimiter(url, window_seconds=600)
    with ThreadPoolExecutor(8) as pool:
        stood = list(pool.map(lambda _: rates.hit("ten_1", QUOTA), range(60)))
    assert sum(one is not None and one.is_admitted for one in stood) == QUOTA


def test_there_is_room_again_when_the_window_has_moved(url: str):
    rates = RateLimiter(url, window_seconds=1)

    def is_admitted() -> bool:
        found = rates.hit("ten_1", 1)
        return found is not None and found.is_admitted

    assert is_admitted()
    wait_until(is_admitted, timeout=30, what="the window to move")


def test_several_processes_count_together(redis_url: str):
    edges = [RateLimiter(redis_url, window_seconds=600) for _ in range(3)]
    stood = [edges[number % 3].hit("ten_1", QUOTA) for number in range(2 * QUOTA)]
    assert [one is not None and one.is_admitted for one in stood] == [True] * QUOTA + [False] * QUOTA


def test_an_unreachable_rate_counter_admits_requests_after_its_timeout():
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes connections and never answers
        rates = RateLimiter(f"redis://127.0.0.1:{silent.getsockname()[1]}/0")
        assert rates.hit("ten_1", 1) is None
        began = time.monotonic()
        assert [rates.hit("ten_1", 1) for _ in range(100)] == [None] * 100
        assert time.monotonic() - began < 5, "each of them waited"
