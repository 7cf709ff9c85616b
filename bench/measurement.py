"""Measurement of repeated work: seconds per repetition, and peak memory above the initial level."""

import gc
import platform
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch

from bench.memory import Peak

WARM_UP = 2
"""Steps that are taken before any is timed."""
Tick = Callable[[], None]


class Cost(NamedTuple):
    """Seconds of one step, and the peak of memory in bytes (None where it is not measured)."""

    seconds: float
    peak_bytes: int | None


def measured(
    steps: Callable[[Tick], None],
    device: torch.device,
    average: Callable[[Sequence[float]], float] = statistics.median,
) -> Cost:
    """Run `steps`, which ticks after each of them and waits for the device before it does."""
    gc.collect()
    peak, ticks = Peak(device), [time.perf_counter()]
    steps(lambda: ticks.append(time.perf_counter()))
    num_bytes = peak.read()
    lasted = [after - before for before, after in zip(ticks[WARM_UP:-1], ticks[WARM_UP + 1 :], strict=True)]
    return Cost(average(lasted), num_bytes)


def row(labels: dict[str, Any], cost: Cost, reference: Cost) -> dict[str, Any]:
    """A row of figures beside the reference's; printed as soon as it is there."""
    figures = labels | {
        "seconds_per_step": round(cost.seconds, 4),
        "peak_bytes": cost.peak_bytes,
        "time_ratio": round(cost.seconds / reference.seconds, 3),
        "memory_ratio": _ratio(cost.peak_bytes, reference.peak_bytes),
    }
    print("  ".join(f"{value!s:>18}" for value in figures.values()), flush=True)
    return figures


def _ratio(part: int | None, whole: int | None) -> float | None:
    return round(part / whole, 3) if part and whole else None


def machine(device: torch.device) -> str:
    """A name for where the work was done."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return f"{platform.machine()}, {torch.get_num_threads()} threads"
