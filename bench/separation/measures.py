"""Exact measures, from pixels, of the clips of one arm in one cell.

Suffixes: F frames, H height, W width, C = 3 colour channels, 2 = (x, y).
"""

from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.motion.evaluation.metrics import exact
from services.motion.world import attributes
from services.motion.world.scenes import Appearance, Frames


class Measures(NamedTuple):
    """Means over the clips of one arm in one cell, in [0, 1] but for `pull`, which may leave it."""

    text_alignment: float
    """The share of colour, shape and background that came out as asked."""
    leakage: float
    """The share of attributes that show the reference's value where the prompt asked for another."""
    pull: float
    """How far colours went from what was asked for to the reference's."""
    motion_fidelity: float
    """The share of the trajectory's variance that the best reference explains."""
    temporal_consistency: float
    """The share of pairs of frames that agree in colour, shape and background."""
    diversity: float
    """The share of pairs of clips, of different prompts, that differ in colour, shape and background."""


def measure(
    clips: Sequence[Frames], asked: Sequence[Appearance], reference: Appearance, paths: Sequence[NDArray[np.float64]]
) -> Measures:
    """Measure clips that were `asked` for from a concept that shows `reference` on `paths`."""
    shown = [attributes.measure(clip) for clip in clips]
    pairs = [*zip(shown, asked, strict=True)]
    scores = exact.mean([exact.score_of(seen, want, reference, paths) for seen, want in pairs])
    return Measures(
        **scores._asdict(),
        pull=_mean([attributes.pull(seen, want, reference) for seen, want in pairs]),
        temporal_consistency=_mean([_consistency(clip) for clip in clips]),
        diversity=1.0 - _agreement([seen.appearance for seen in shown]),
    )


def _consistency(clip: Frames) -> float:
    return _agreement([attributes.measure(clip[index : index + 1]).appearance for index in range(len(clip))])


def _agreement(appearances: Sequence[Appearance]) -> float:
    """The mean share of attributes in which two of them agree."""
    return _mean([attributes.text_alignment(left, right) for left, right in combinations(appearances, 2)])


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values))
