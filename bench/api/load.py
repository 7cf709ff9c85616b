"""Concurrent clients and their request latencies."""

import math
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import NamedTuple

import httpx

Call = Callable[[httpx.Client, int], httpx.Response]
"""One request; gets a number that no other request gets."""


class Took(NamedTuple):
    """Seconds of one kind of request, and how many were answered in a second, all callers together."""

    num: int
    p50: float
    p99: float
    per_second: float


def load(url: str, call: Call, *, num: int, callers: int, headers: dict[str, str] | None = None) -> Took:
    """Sends `num` requests from so many callers, each over a connection of its own.

    Raises:
        httpx.HTTPStatusError: one was refused.
    """
    begun = time.perf_counter()
    with ThreadPoolExecutor(callers) as pool:
        shares = [range(first, num, callers) for first in range(callers)]
        found = pool.map(partial(_call_all, url, call, headers or {}), shares)
        seconds = [one for part in found for one in part]
    return took(seconds, time.perf_counter() - begun)


def took(seconds: Sequence[float], elapsed: float) -> Took:
    """The summary; a percentile is the least time that so many requests did not exceed."""
    ranked = sorted(seconds)
    p50, p99 = (ranked[math.ceil(share * len(ranked)) - 1] for share in (0.5, 0.99))
    return Took(len(ranked), p50, p99, len(ranked) / elapsed)


def _call_all(url: str, call: Call, headers: dict[str, str], share: range) -> list[float]:
    seconds: list[float] = []
    with httpx.Client(base_url=url, headers=headers, timeout=120, trust_env=False) as client:
        for number in share:
            begun = time.perf_counter()
            call(client, number).raise_for_status()
            seconds.append(time.perf_counter() - begun)
    return seconds
