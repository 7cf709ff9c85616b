"""95 % intervals over cells. The clips of a cell share a training, so cells are resampled, not clips."""

from collections.abc import Sequence
from statistics import NormalDist
from typing import NamedTuple

import numpy as np

LEVEL = 0.95
NUM_RESAMPLES = 9999
_NORMAL = NormalDist()


class Interval(NamedTuple):
    """A mean and the bounds between which it lies in 95 of 100 such experiments."""

    mean: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.mean:.2f} [{self.low:.2f}, {self.high:.2f}]"


def of(values: Sequence[float]) -> Interval:
    """The bias-corrected, accelerated bootstrap interval of the mean (Efron 1987) with a fixed seed.

    The same as `scipy.stats.bootstrap` to the last digit but one. Written out, since an installed scipy is imported by
    every process that imports diffusers or transformers: half a second of each start of the engine. N values, R draws.

    Raises:
        ValueError: fewer than two cells say nothing about spread.
    """
    if len(values) < 2:
        raise ValueError("an interval needs at least two cells")
    data_N = np.asarray(values, dtype=np.float64)
    mean = float(data_N.mean())
    if np.ptp(data_N) == 0.0:
        return Interval(mean, mean, mean)
    drawn = np.random.default_rng(0).integers(0, len(data_N), (NUM_RESAMPLES, len(data_N)))
    means_R = data_N[drawn].mean(axis=1)
    num_below = (np.count_nonzero(means_R < mean) + np.count_nonzero(means_R <= mean)) / 2
    bias = _NORMAL.inv_cdf(num_below / NUM_RESAMPLES)
    without_N = (data_N.sum() - data_N) / (len(data_N) - 1)
    spread_N = without_N.mean() - without_N
    acceleration = float(np.sum(spread_N**3) / (6 * np.sum(spread_N**2) ** 1.5))

    def bound(quantile: float) -> float:
        shifted = bias + _NORMAL.inv_cdf(quantile)
        return float(np.quantile(means_R, _NORMAL.cdf(bias + shifted / (1 - acceleration * shifted))))

    return Interval(mean, bound((1 - LEVEL) / 2), bound((1 + LEVEL) / 2))
