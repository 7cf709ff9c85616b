"""95 % intervals over cells. The clips of a cell share a training, so cells are resampled, not clips."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy import stats as untyped

stats: Any = untyped

LEVEL = 0.95
NUM_RESAMPLES = 9999


class Interval(NamedTuple):
    """A mean and the bounds between which it lies in 95 of 100 such experiments."""

    mean: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.mean:.2f} [{self.low:.2f}, {self.high:.2f}]"


def of(values: Sequence[float]) -> Interval:
    """The bias-corrected, accelerated bootstrap interval of the mean (Efron 1987), with a fixed seed.

    Raises:
        ValueError: fewer than two cells say nothing about spread.
    """
    if len(values) < 2:
        raise ValueError("an interval needs at least two cells")
    mean = float(np.mean(values))
    if np.ptp(values) == 0.0:
        return Interval(mean, mean, mean)
    found = stats.bootstrap(
        (np.asarray(values),), np.mean, confidence_level=LEVEL, n_resamples=NUM_RESAMPLES, rng=np.random.default_rng(0)
    ).confidence_interval
    return Interval(mean, float(found.low), float(found.high))
