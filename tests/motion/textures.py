"""Clips of a moving textured patch with a known motion, for the tracker."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

Frames = NDArray[np.uint8]
SIZE, PATCH = 128, 48

RIGHT = [(10 + 6 * step, 40) for step in range(8)]
LEFT = RIGHT[::-1]
UP = [(40, 70 - 6 * step) for step in range(8)]
STILL = [(40, 40)] * 8


def texture(seed: int, side: int) -> Frames:
    """Smooth colours with corners."""
    coarse = np.random.default_rng(seed).integers(0, 256, (side // 6 + 2, side // 6 + 2, 3), np.uint8)
    return cv2.resize(coarse, (side, side), interpolation=cv2.INTER_CUBIC)


def clip(places: Sequence[tuple[int, int]], *, seed: int = 0, background: int | None = None) -> Frames:
    """Frames F x 128 x 128 x 3 with a patch whose left upper corner is at these places, on gray or on a texture."""
    patch, frames = texture(seed, PATCH), []
    for x, y in places:
        frame = np.full((SIZE, SIZE, 3), 90, np.uint8) if background is None else texture(background, SIZE)
        frame[y : y + PATCH, x : x + PATCH] = patch
        frames.append(frame)
    return np.stack(frames)
