"""Rendering of clips: one shape in one colour on one background.

Suffixes: F frames, H height, W width, C = 3 colour channels.
"""

from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.motion.world.paths import Floats, Path

Frames = NDArray[np.uint8]

COLOURS: dict[str, tuple[int, int, int]] = {
    "red": (220, 40, 40),
    "green": (40, 180, 60),
    "blue": (50, 80, 230),
    "yellow": (240, 220, 50),
    "purple": (150, 60, 200),
    "orange": (245, 140, 30),
    "white": (240, 240, 240),
    "cyan": (60, 210, 220),
}
BACKGROUNDS: dict[str, tuple[int, int, int]] = {
    "black": (15, 15, 15),
    "gray": (120, 120, 120),
    "navy": (15, 20, 90),
    "brown": (100, 60, 30),
    "pink": (245, 170, 190),
    "teal": (10, 110, 105),
}
SHAPES = ("circle", "square", "triangle", "diamond", "cross", "ring")


class Appearance(NamedTuple):
    """The appearance of a clip: colour, shape and background."""

    colour: str
    shape: str
    background: str

    def caption(self, motion: str) -> str:
        """The caption of this appearance with a motion."""
        return f"a {self.colour} {self.shape} {motion} on a {self.background} background"


APPEARANCES = tuple(Appearance(*names) for names in product(COLOURS, SHAPES, BACKGROUNDS))


def _distance(shape: str, x: Floats, y: Floats) -> Floats:
    """Signed distance (negative inside) to a shape of radius 1 around the origin, y pointing down."""
    if shape == "circle":
        return np.hypot(x, y) - 1.0
    if shape == "square":
        return np.maximum(np.abs(x), np.abs(y)) - 0.85
    if shape == "triangle":
        return np.maximum(0.866 * np.abs(x) - 0.5 * y - 0.5, y - 0.5) - 0.1
    if shape == "diamond":
        return (np.abs(x) + np.abs(y) - 1.1) * np.sqrt(0.5)
    if shape == "cross":
        upright = np.maximum(np.abs(x) - 0.32, np.abs(y) - 1.0)
        return np.minimum(upright, np.maximum(np.abs(x) - 1.0, np.abs(y) - 0.32))
    if shape == "ring":
        return np.abs(np.hypot(x, y) - 0.75) - 0.25
    raise KeyError(shape)


def coverage(shape: str, path: Path, size: int) -> Floats:
    """The coverage of each pixel by the shape, in [0, 1], F x `size` x `size`."""
    grid = np.arange(size) + 0.5
    radius_F11 = path.radius_F[:, None, None] * size
    x = (grid[None, None, :] - path.centre_F2[:, 0, None, None] * size) / radius_F11
    y = (grid[None, :, None] - path.centre_F2[:, 1, None, None] * size) / radius_F11
    x, y = np.broadcast_arrays(x, y)
    return np.clip(0.5 - _distance(shape, x, y) * radius_F11, 0.0, 1.0)


def render(appearance: Appearance, path: Path, *, size: int = 64) -> Frames:
    """Draw a clip as F x `size` x `size` x 3 bytes of RGB, with antialiased edges."""
    return paint(appearance, coverage(appearance.shape, path, size))


def paint(appearance: Appearance, coverage_FHW: Floats) -> Frames:
    """Colour a shape's coverage: F x H x W x 3 bytes of RGB."""
    alpha = coverage_FHW[..., None]
    colour, background = np.array(COLOURS[appearance.colour]), np.array(BACKGROUNDS[appearance.background])
    return np.rint(alpha * colour + (1.0 - alpha) * background).astype(np.uint8)
