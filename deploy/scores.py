"""Scores of a generated clip, measured from its pixels: what was asked for, what leaked, how well it moves.

Suffixes: F frames, H height, W width, C = 3 colour channels, 2 = (x, y).
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.motion import video
from services.motion.metrics import attributes, trajectories
from services.motion.world.scenes import Appearance

Frames = NDArray[np.uint8]
PathF2 = NDArray[np.float64]

SIZE = 64
"""Side of the frames that are measured, in pixels: the world's own."""
FPS = 8


class Scores(NamedTuple):
    """Each in [0, 1]; leakage is better low, the others high."""

    text_alignment: float
    leakage: float
    motion_fidelity: float


def read(file: Path) -> Frames:
    """All frames of a video as F x H x W x 3 bytes of RGB."""
    return video.read(file, fps=FPS, height=SIZE, width=SIZE)


def paths_of(clips: Sequence[Frames]) -> list[PathF2]:
    """The path that the shape takes in each clip, in fractions of the frame's side."""
    return [attributes.measure(clip).centre_F2 for clip in clips]


def score(frames_FHWC: Frames, wanted: Appearance, reference: Appearance, reference_paths: Sequence[PathF2]) -> Scores:
    """How well a clip shows what was `wanted`, how much of the `reference`'s looks, and how much of its motion."""
    seen = attributes.measure(frames_FHWC)
    return Scores(
        text_alignment=attributes.text_alignment(seen.appearance, wanted),
        leakage=attributes.leakage(seen.appearance, wanted, reference),
        motion_fidelity=trajectories.fidelity(seen.centre_F2, reference_paths),
    )


def mean(scores: Sequence[Scores]) -> Scores:
    """The average of each score."""
    return Scores(*(float(np.mean(column)) for column in zip(*scores, strict=True)))
