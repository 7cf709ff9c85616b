"""What a running recipe says at every step, and how it is told to stop."""

import resource
import sys
import time
from collections.abc import Callable
from typing import Literal, NamedTuple

import torch

Phase = Literal["loading", "encoding", "training", "previewing", "sampling", "measuring", "saving"]


class Canceled(Exception):
    """The caller asked a recipe to stop; `report` raises it, at any step."""


class Progress(NamedTuple):
    """One step's report; `step` counts from 1, `eta_seconds` is for this phase."""

    phase: Phase
    step: int
    total_steps: int
    loss: float | None = None
    seconds_per_step: float | None = None
    memory_bytes: int = 0
    eta_seconds: float | None = None


Report = Callable[[Progress], None]


def ignore(_progress: Progress) -> None:
    """A report that nobody reads."""


class Meter:
    """Times the steps of one phase and reports each of them."""

    def __init__(
        self,
        report: Report,
        phase: Phase,
        total_steps: int,
        *,
        done: int = 0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._report, self._phase, self._total, self._step = report, phase, total_steps, done
        self._clock, self._last = clock, clock()
        self._seconds: float | None = None

    def tick(self, loss: float | None = None) -> None:
        """Report that one more step is done. Whatever `report` raises passes through."""
        now = self._clock()
        spent, self._last = now - self._last, now
        self._seconds = spent if self._seconds is None else 0.9 * self._seconds + 0.1 * spent
        self._step += 1
        eta = self._seconds * (self._total - self._step)
        self._report(Progress(self._phase, self._step, self._total, loss, self._seconds, peak_memory(), eta))


def reset_peak_memory() -> None:
    """Begin to measure the accelerator's peak anew; the process's own peak cannot be reset."""
    if torch.cuda.is_available() and torch.cuda.is_initialized():
        torch.cuda.reset_peak_memory_stats()


def peak_memory() -> int:
    """Bytes: the accelerator's peak where there is one, else this process's peak."""
    if torch.cuda.is_available() and torch.cuda.is_initialized():
        return torch.cuda.max_memory_allocated()
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
