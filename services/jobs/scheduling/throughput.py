"""Throughput of past jobs, and the durations that it predicts. Pure arithmetic, no database."""

import heapq
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Self

from shared.schemas.estimate import Interval
from shared.schemas.evaluation import EvaluationSettings
from shared.schemas.generation import GenerationSpec, Rendering
from shared.schemas.job import Spec

COVERAGE = 0.8
"""Target coverage of a predicted interval; with fewer than nine past jobs the coverage is lower."""
MIN_JOBS = 2
"""Past jobs needed for a prediction."""


def work_of(spec: Spec) -> float:
    """A job's amount of work: steps times pixels of the clips. Duration is assumed to be proportional to it."""
    if isinstance(spec, GenerationSpec):
        return _work_of_clip(spec)
    if isinstance(spec, EvaluationSettings):
        return _work_of_evaluation(spec)
    recipe = spec.recipe
    training = float(recipe.steps * recipe.batch_size * recipe.num_frames * recipe.height * recipe.width)
    return training + (_work_of_evaluation(spec.evaluation) if spec.evaluation else 0.0)


def _work_of_evaluation(settings: EvaluationSettings) -> float:
    """Each clip is generated twice: with the adapter, and by the base model without it."""
    return 2.0 * settings.num_videos * _work_of_clip(settings)


def _work_of_clip(rendering: Rendering) -> float:
    return float(rendering.steps * rendering.num_frames * rendering.height * rendering.width)


@dataclass(frozen=True)
class Throughput:
    """Seconds per unit of work: the median, and the bounds of a prediction interval with this confidence."""

    low: float
    likely: float
    high: float
    confidence: float

    @classmethod
    def of(cls, done: Iterable[tuple[float, float]]) -> Self | None:
        """The throughput of past jobs, given as (seconds, work); None for fewer than `MIN_JOBS`.

        The bounds are order statistics: of n past jobs and the next one, each is as likely as any other to be the
        k-th fastest, whatever the distribution (Wilks 1941), so the next lies between the k-th and the k-th last of
        the past ones with probability (n + 1 - 2k) / (n + 1).
        """
        rates = sorted(seconds / work for seconds, work in done)
        n = len(rates)
        if n < MIN_JOBS:
            return None
        k = max(1, math.floor((1 - COVERAGE) / 2 * (n + 1) + 1e-9))
        return cls(rates[k - 1], median(rates), rates[n - k], (n + 1 - 2 * k) / (n + 1))

    def seconds(self, work: float) -> Interval:
        """The predicted duration of this amount of work, in seconds."""
        return Interval(low=self.low * work, likely=self.likely * work, high=self.high * work)


def wait(
    throughput: Throughput | None, running: Sequence[float], ahead: Sequence[float], num_workers: int
) -> Interval | None:
    """Predicted seconds until a worker is free. `running` and `ahead` hold the work of the jobs that come first.

    Zero when a worker is free now; None when there is no throughput to predict from. The low bound assumes that every
    job ahead is fast, the high bound that every job is slow.
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
    """Seconds until the first worker is free after the jobs ahead were assigned in order."""
    free = [rate * work for work in running] + [0.0] * (num_workers - len(running))
    heapq.heapify(free)
    for work in ahead:
        heapq.heapreplace(free, free[0] + rate * work)
    return free[0]
