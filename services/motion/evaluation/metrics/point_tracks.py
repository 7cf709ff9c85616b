"""Motion fidelity from point tracks, independent of appearance (docs/method.md, section 11; Yatim et al. 2024).

The tracker is OpenCV's pyramidal Lucas-Kanade (Bouguet 2001), checked by tracking back.
Lengths are fractions of the frame's shorter side.
Suffixes: K tracks of one clip, J of another, F frames, H height, W width, X colour, 2 = (x, y).
"""

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from services.motion.evaluation.metrics.registry import NO_REFERENCE, Column, EvaluationInput, Frames

Floats = NDArray[np.float64]

SIDE = 256
"""Pixels of the shorter side at which points are tracked."""
MAX_POINTS = 256
STILL = 0.003
"""Displacements shorter than this count as no motion."""
MIN_MOVING = 0.25
"""Minimum share of displacements for a track to count as moving."""
MIN_SHARED = 0.5
"""Minimum share of steps in which both tracks are visible for a comparison."""
_APART = 8
_BACK = 2.0
"""Maximum forward-backward tracking error, in pixels."""


def follow(frames_FHWX: Frames) -> Floats:
    """Tracks K x F x 2 of corners of the middle frame, followed to both ends; NaN from where a point was lost.

    No track at all for a clip without corners.
    """
    gray_FHW = _gray(frames_FHWX)
    middle = len(gray_FHW) // 2
    found: Any = cv2.goodFeaturesToTrack(  # None without corners, whatever its stub says
        gray_FHW[middle], MAX_POINTS, qualityLevel=0.01, minDistance=_APART
    )
    if found is None:
        return np.zeros((0, len(gray_FHW), 2))
    points_K2 = found.reshape(-1, 2)
    tracks_KF2 = np.full((len(points_K2), len(gray_FHW), 2), np.nan)
    tracks_KF2[:, middle] = points_K2
    for direction in (range(middle, len(gray_FHW) - 1), range(middle, 0, -1)):
        step = direction.step
        for frame in direction:
            tracks_KF2[:, frame + step] = _next(gray_FHW[frame], gray_FHW[frame + step], tracks_KF2[:, frame])
    return tracks_KF2 / SIDE


def _gray(frames_FHWX: Frames) -> list[NDArray[np.uint8]]:
    height, width = frames_FHWX.shape[1:3]
    scale = SIDE / min(height, width)
    size = round(width * scale), round(height * scale)
    shrinks = scale < 1.0
    gray = [cv2.cvtColor(np.ascontiguousarray(frame), cv2.COLOR_RGB2GRAY) for frame in frames_FHWX]
    return [cv2.resize(one, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR) for one in gray]


def _next(now_HW: NDArray[np.uint8], then_HW: NDArray[np.uint8], points_K2: Floats) -> Floats:
    """Where the points go; NaN for those that are lost."""
    kept = np.isfinite(points_K2).all(axis=1)
    after_K2 = np.full_like(points_K2, np.nan)
    if not kept.any():
        return after_K2
    start = points_K2[kept].astype(np.float32)[:, None]
    moved, is_found, _ = cv2.calcOpticalFlowPyrLK(now_HW, then_HW, start, start.copy())
    back, is_back, _ = cv2.calcOpticalFlowPyrLK(then_HW, now_HW, moved, moved.copy())
    returned = np.linalg.norm(back - start, axis=-1).ravel() <= _BACK
    good = is_found.ravel().astype(bool) & is_back.ravel().astype(bool) & returned
    after_K2[kept] = np.where(good[:, None], moved[:, 0], np.nan)
    return after_K2


def fidelity(tracks_KF2: Floats, reference_JF2: Floats) -> float | None:
    """How well the directions of two clips' tracks agree, in [-1, 1]; 1 is the same motion, -1 the opposite one.

    Each track is matched with the other clip's track that agrees best, in both directions, and the mean is taken.
    Two tracks agree by the mean cosine of their steps where either moves; a step in which only one moves counts as 0.
    Tracks that stand still are no motion and are left out. 0 when nothing moves in the first clip, None when nothing
    moves in the reference, which then has no motion to be faithful to.
    """
    num_frames = min(tracks_KF2.shape[1], reference_JF2.shape[1])
    left_KF2, right_JF2 = _moving(tracks_KF2[:, :num_frames]), _moving(reference_JF2[:, :num_frames])
    if len(right_JF2) == 0:
        return None
    if len(left_KF2) == 0:
        return 0.0
    agreement_KJ = _agreement(left_KF2, right_JF2)
    best = [_best(agreement_KJ, axis=1), _best(agreement_KJ, axis=0)]
    return float(np.mean(best))


def _moving(tracks_KF2: Floats) -> Floats:
    """Unit steps K x (F - 1) x 2 of the tracks that move: zero where a point stands still, NaN where it is lost."""
    steps_KF2 = np.diff(tracks_KF2, axis=1)
    length_KF = np.linalg.norm(steps_KF2, axis=-1)
    is_moving_KF = length_KF > STILL
    unit_KF2 = np.where(is_moving_KF[..., None], steps_KF2 / np.where(is_moving_KF, length_KF, 1.0)[..., None], 0.0)
    unit_KF2[np.isnan(length_KF)] = np.nan
    num_moving_K = is_moving_KF.sum(axis=1)
    return unit_KF2[num_moving_K >= max(1.0, MIN_MOVING * length_KF.shape[1])]


def _agreement(left_KF2: Floats, right_JF2: Floats) -> Floats:
    """The agreement of every pair; NaN for pairs that were hardly seen together."""
    dot_KJF = np.einsum("kfd,jfd->kjf", left_KF2, right_JF2)
    is_seen_KJF = np.isfinite(dot_KJF)
    moves_KF, moves_JF = (np.abs(np.nan_to_num(unit)).sum(axis=-1) > 0 for unit in (left_KF2, right_JF2))
    counts_KJF = is_seen_KJF & (moves_KF[:, None] | moves_JF[None])
    num_KJ = counts_KJF.sum(axis=-1)
    mean_KJ = np.where(counts_KJF, dot_KJF, 0.0).sum(axis=-1) / np.maximum(num_KJ, 1)
    is_enough_KJ = is_seen_KJF.sum(axis=-1) >= MIN_SHARED * dot_KJF.shape[-1]
    return np.where(is_enough_KJ & (num_KJ > 0), mean_KJ, np.nan)


def _best(agreement_KJ: Floats, *, axis: int) -> float:
    """The mean over one clip's tracks of their best match in the other; 0 for clips that share no moment."""
    best_K = np.where(np.isnan(agreement_KJ), -np.inf, agreement_KJ).max(axis=axis)
    best_K = best_K[np.isfinite(best_K)]
    return float(best_K.mean()) if len(best_K) else 0.0


class Tracks:
    """Motion fidelity of clips to the nearest reference, by their tracks."""

    name = "tracks"
    HOW = "point tracks by OpenCV's pyramidal Lucas-Kanade"

    def measure(self, evaluation_input: EvaluationInput) -> list[Column]:
        """See `Metric`."""
        if not evaluation_input.references_FHWX:
            return [Column("motion_fidelity", self.HOW, [], NO_REFERENCE)]
        references = [follow(reference_FHWX) for reference_FHWX in evaluation_input.references_FHWX]
        values = [_nearest(follow(clip_FHWX), references) for clip_FHWX in evaluation_input.clips_BFHWX]
        return [Column("motion_fidelity", self.HOW, values, "nothing that can be tracked moves in the reference clips")]


def _nearest(tracks_KF2: Floats, references: Sequence[Floats]) -> float | None:
    found = [fidelity(tracks_KF2, reference_JF2) for reference_JF2 in references]
    return max((value for value in found if value is not None), default=None)
