"""Appearance diversity across prompts (docs/method.md, section 11).

Suffixes: F frames, D dimensions. Vectors have length one.
"""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def appearance_diversity(clips_FD: Sequence[Floats], prompts: Sequence[str]) -> float | None:
    """One minus the mean cosine between clips of different prompts; a clip is the mean of its frame vectors.

    In [0, 2]; 0 when all clips look alike, as with an adapter that learned an appearance. None for a single prompt.
    """
    looks = [_unit(clip_FD.mean(axis=0)) for clip_FD in clips_FD]
    pairs = [
        float(looks[left] @ looks[right])
        for left, right in combinations(range(len(looks)), 2)
        if prompts[left] != prompts[right]
    ]
    return 1.0 - float(np.mean(pairs)) if pairs else None


def _unit(vector_D: Floats) -> Floats:
    return vector_D / max(float(np.linalg.norm(vector_D)), 1e-12)
