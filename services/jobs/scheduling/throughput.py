"""How long work takes, judged by work that was done: pure arithmetic, no database."""

import heapq
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Self

from shared.schemas.estimate import Interval
from shared.schemas.evaluation import Trial
from shared.schemas.generation import GenerationSpec, Rendering
from shared.schemas.job import Spec

COVERAGE = 0.8
"""How often an interval should hold what it predicts; fewer than nine past jobs promise less."""
ENOUGH = 2


def work_of(spec: Spec) -> float:
    """The size of a job: the pixels that its denoising steps go over. Time is taken as proportional to it."""
    if isinstance(spec, GenerationSpec):
        return _work_of_clip(spec)
    if isinstance(spec, Trial):
        return _work_of_trial(spec)
    recipe = spec.recipe
    training = float(recipe.steps * recipe.batch_size * recipe.num_frames * recipe.height * recipe.width)
    return training + (_work_of_trial(spec.evaluation) if spec.evaluation else 0.0)


def _work_of_trial(trial: Trial) -> float:
    """Every clip twice, by the version and by the plain base."""
    return 2.0 * trial.num_clips * _work_of_clip(trial)


def _work_of_clip(rendering: Rendering) -> float:
    return float(rendering.steps * rendering.num_frames * rendering.height * rendering.width)


@dataclass(frozen=True)
class Throughput:
    """Seconds per unit of work: a likely value, and bounds that hold the next job's with this confidence."""

    low: float
    likely: float
    high: float
    confidence: float

    @classmethod
    def of(cls, done: Iterable[tuple[float, float]]) -> Self | None:
        """The throughput of jobs (seconds, work); None when too few are known.

        The bounds are order statistics: of n past jobs and the next one, each is as likely as any other to be the
        k-th fastest, whatever the distribution (Wilks 1941), so the next lies between the k-th and the k-th last of
        the past ones with probability (n + 1 - 2k) / (n + 1).
        """
        rates = sorted(seconds / work for seconds, work in done)
        n = len(rates)
        if n < ENOUGH:
            return None
        k = max(1, math.floor((1 - COVERAGE) / 2 * (n + 1) + 1e-9))
        return cls(rates[k - 1], median(rates), rates[n - k], (n + 1 - 2 * k) / (n + 1))

    def seconds(self, work: float) -> Interval:
        """How long so much work takes."""
        return Interval(low=self.low * work, likely=self.likely * work, high=self.high * work)


def wait(
    throughput: Throughput | None, running: Sequence[float], ahead: Sequence[float], num_workers: int
) -> Interval | None:
    """How long until a worker is free for the next job: `running` and `ahead` are the work that goes first.

    None without a throughput, unless there is nothing to wait for. The low bound takes every job ahead as a fast one.
    """
    if len(running) + len(ahead) < num_workers:
        return Interval(low=0, likely=0, high=0)
    if throughput is None:
        return None
    low, likely, high = (
        _start(rate, running, ahead, num_workers) for rate in (throughput.low, throughput.likely, throughput.high)
    )
    return Interval(low=low, likely=likely, high=high)


def _start(rate: float, running: Sequence[float], ahead: Sequence[float], num_workers: int) -> float:
    """When the first worker is free after taking everything ahead in turn."""
    free = [rate * work for work in running] + [0.0] * (num_workers - len(running))
    heapq.heapify(free)
    for work in ahead:
        heapq.heapreplace(free, free[0] + rate * work)
    return free[0]
