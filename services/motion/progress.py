"""Progress of training, sampling and evaluation: one report per step, and cancellation by raising from the callback."""

import resource
import sys
import time
from collections.abc import Callable
from typing import Literal, NamedTuple

import torch

Phase = Literal["loading", "encoding", "training", "previewing", "sampling", "measuring", "saving"]


class Canceled(Exception):
    """Raised by a progress callback to stop the computation; passes through to the caller."""


class StepProgress(NamedTuple):
    """The state after one step. `step` counts from 1, times are in seconds, `eta_seconds` is for this phase."""

    phase: Phase
    step: int
    total_steps: int
    loss: float | None = None
    seconds_per_step: float | None = None
    memory_bytes: int = 0
    eta_seconds: float | None = None


ProgressCallback = Callable[[StepProgress], None]


def ignore_progress(_progress: StepProgress) -> None:
    """A progress callback that does nothing."""


class ProgressReporter:
    """Times the steps of one phase and calls a progress callback after each of them."""

    def __init__(
        self,
        on_progress: ProgressCallback,
        phase: Phase,
        total_steps: int,
        *,
        done: int = 0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`done` steps were finished before, by the run that is resumed."""
        self._on_progress, self._phase, self._total, self._step = on_progress, phase, total_steps, done
        self._clock, self._last = clock, clock()
        self._seconds: float | None = None

    def advance(self, loss: float | None = None) -> None:
        """Report one more finished step. Exceptions of the callback pass through."""
        now = self._clock()
        spent, self._last = now - self._last, now
        self._seconds = spent if self._seconds is None else 0.9 * self._seconds + 0.1 * spent
        self._step += 1
        eta = self._seconds * (self._total - self._step)
        self._on_progress(StepProgress(self._phase, self._step, self._total, loss, self._seconds, peak_memory(), eta))


def reset_peak_memory() -> None:
    """Reset the accelerator's peak memory counter. The process's own peak on a CPU cannot be reset."""
    if torch.cuda.is_available() and torch.cuda.is_initialized():
        torch.cuda.reset_peak_memory_stats()


def peak_memory() -> int:
    """Peak memory in bytes: of the accelerator if it is in use, else of this process."""
    if torch.cuda.is_available() and torch.cuda.is_initialized():
        return torch.cuda.max_memory_allocated()
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
