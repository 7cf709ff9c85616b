"""Scores of a generated clip's file: `services.motion.evaluation.metrics.exact`, from where the demo finds videos."""

from pathlib import Path

from services.motion import video
from services.motion.evaluation.metrics.exact import PathF2, Scores, mean, paths_of, score
from services.motion.evaluation.metrics.registry import Frames

__all__ = ["Frames", "PathF2", "Scores", "mean", "paths_of", "read", "score"]

SIZE = 64
"""Side of the frames that are measured, in pixels: the world's own."""
FPS = 8


def read(file: Path) -> Frames:
    """All frames of a video as F x H x W x 3 bytes of RGB."""
    return video.read(file, fps=FPS, height=SIZE, width=SIZE)
