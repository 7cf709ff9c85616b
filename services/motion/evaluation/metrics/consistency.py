"""Temporal consistency: similarity of the frames of a clip (docs/method.md, section 11).

Suffixes: F frames, D dimensions. Vectors have length one.
"""

import numpy as np
from numpy.typing import NDArray


def temporal_consistency(clip_FD: NDArray[np.float64]) -> float | None:
    """The mean cosine of all pairs of different frames, in [-1, 1]; None for a single frame."""
    num_frames = len(clip_FD)
    if num_frames < 2:
        return None
    cosines_FF = clip_FD @ clip_FD.T
    return float((cosines_FF.sum() - np.trace(cosines_FF)) / (num_frames * (num_frames - 1)))
