"""Motions: each one draws a path, which is a centre and a radius for every frame.

Lengths are fractions of the frame's side; the origin is the top left corner, y points down.
Suffixes: F frames, 2 = (x, y).
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Generator = np.random.Generator
Floats = NDArray[np.float64]

RADIUS = (0.13, 0.19)
"""Range of a shape's radius where the motion leaves it constant."""


class Path(NamedTuple):
    """Where the shape is: `centre_F2` and `radius_F`, fractions of the frame's side."""

    centre_F2: Floats
    radius_F: Floats


def _place(offset_F2: Floats, radius: float, rng: Generator) -> Floats:
    """Shift a path to a random place that keeps the shape inside the frame; shrink it if it is too large."""
    room = 1.0 - 2.0 * radius
    extent_2 = np.ptp(offset_F2, axis=0)
    offset_F2 = offset_F2 * min(1.0, room / max(float(extent_2.max()), 1e-9))
    low_2 = radius - offset_F2.min(axis=0)
    high_2 = 1.0 - radius - offset_F2.max(axis=0)
    return offset_F2 + rng.uniform(low_2, np.maximum(high_2, low_2))


def _constant(offset_F2: Floats, rng: Generator) -> Path:
    radius = float(rng.uniform(*RADIUS))
    return Path(_place(offset_F2, radius, rng), np.full(len(offset_F2), radius))


def _clock(num_frames: int) -> Floats:
    return np.linspace(0.0, 1.0, num_frames)


def _line(x: float, y: float) -> Callable[[Generator, int], Path]:
    def draw(rng: Generator, num_frames: int) -> Path:
        distance = rng.uniform(0.3, 0.62)
        return _constant(np.outer(_clock(num_frames) * distance, (x, y)), rng)

    return draw


def _resize(start: tuple[float, float], end: tuple[float, float]) -> Callable[[Generator, int], Path]:
    def draw(rng: Generator, num_frames: int) -> Path:
        radius_F = np.linspace(rng.uniform(*start), rng.uniform(*end), num_frames)
        return Path(_place(np.zeros((num_frames, 2)), float(radius_F.max()), rng), radius_F)

    return draw


def _still(rng: Generator, num_frames: int) -> Path:
    return _constant(np.zeros((num_frames, 2)), rng)


def _swing(rng: Generator, num_frames: int) -> Path:
    angle_F = 2 * np.pi * (rng.uniform(0.8, 1.2) * _clock(num_frames) + rng.uniform())
    return _constant(rng.uniform(0.17, 0.3) * np.outer(np.sin(angle_F), (1.0, 0.0)), rng)


def _wander(rng: Generator, num_frames: int) -> Path:
    """A random smooth path: an arc of at most two thirds of a turn, or drift plus a few slow sinusoids on each axis."""
    offset_F2 = (_arc if rng.uniform() < 0.5 else _drift)(rng, num_frames)
    extent = float(np.ptp(offset_F2, axis=0).max())
    return _constant(offset_F2 * rng.uniform(0.3, 0.62) / max(extent, 1e-9), rng)


def _arc(rng: Generator, num_frames: int) -> Floats:
    """Part of a circle, either way round, at constant speed."""
    turn = rng.choice((-1.0, 1.0)) * rng.uniform(0.15, 0.67)
    angle_F = 2 * np.pi * (turn * _clock(num_frames) + rng.uniform())
    return np.stack([np.cos(angle_F), np.sin(angle_F)], axis=1)


def _drift(rng: Generator, num_frames: int) -> Floats:
    clock_F = _clock(num_frames)[:, None]
    offset_F2 = rng.normal(0.0, 0.25, 2) * clock_F
    for frequency in (0.5, 1.0, 1.5):
        phase_2 = rng.uniform(0.0, 2 * np.pi, 2)
        offset_F2 = offset_F2 + rng.normal(0.0, 0.2, 2) / frequency * np.sin(2 * np.pi * frequency * clock_F + phase_2)
    return offset_F2


def _orbit(rng: Generator, num_frames: int) -> Path:
    """One clockwise turn (as seen on the screen) from a random phase."""
    angle_F = 2 * np.pi * (np.arange(num_frames) / num_frames + rng.uniform())
    return _constant(rng.uniform(0.2, 0.28) * np.stack([np.cos(angle_F), np.sin(angle_F)], axis=1), rng)


def _triangle_wave(phase_F: Floats) -> Floats:
    return 2.0 * np.abs(2.0 * (phase_F % 1.0) - 1.0) - 1.0


def _zigzag(rng: Generator, num_frames: int) -> Path:
    """Rightwards at constant speed, up and down in straight strokes."""
    clock_F = _clock(num_frames)
    height_F = rng.uniform(0.12, 0.2) * _triangle_wave(2.0 * clock_F + rng.uniform())
    return _constant(np.stack([rng.uniform(0.4, 0.6) * clock_F, height_F], axis=1), rng)


def _bounce(rng: Generator, num_frames: int) -> Path:
    """Parabolic hops on a floor, two in a clip, drifting a little sideways."""
    phase_F = 2.0 * _clock(num_frames) + rng.uniform()
    hop_F = 4.0 * (phase_F % 1.0) * (1.0 - phase_F % 1.0)
    drift_F = rng.uniform(-0.1, 0.1) * _clock(num_frames)
    return _constant(np.stack([drift_F, -rng.uniform(0.3, 0.45) * hop_F], axis=1), rng)


_DIAGONAL = float(np.sqrt(0.5))

PRETRAINED: dict[str, Callable[[Generator, int], Path]] = {
    "moving right": _line(1.0, 0.0),
    "moving left": _line(-1.0, 0.0),
    "moving up": _line(0.0, -1.0),
    "moving down": _line(0.0, 1.0),
    "moving up right": _line(_DIAGONAL, -_DIAGONAL),
    "moving up left": _line(-_DIAGONAL, -_DIAGONAL),
    "moving down right": _line(_DIAGONAL, _DIAGONAL),
    "moving down left": _line(-_DIAGONAL, _DIAGONAL),
    "growing": _resize((0.08, 0.11), (0.2, 0.26)),
    "shrinking": _resize((0.2, 0.26), (0.08, 0.11)),
    "standing still": _still,
    "swinging": _swing,
}
"""Motions that have a name in the pretraining captions."""

DIRECTIONS = tuple(motion for motion in PRETRAINED if motion.startswith("moving "))

WANDERING = "moving"
"""The caption of random smooth paths, which only pretraining draws."""

HELD_OUT: dict[str, Callable[[Generator, int], Path]] = {
    "orbiting": _orbit,
    "zigzagging": _zigzag,
    "bouncing": _bounce,
}
"""Motions that no pretraining clip shows: the concepts that users train."""


def draw(motion: str, rng: Generator, num_frames: int) -> Path:
    """Draw a path of the named motion.

    Raises:
        KeyError: the motion is neither pretrained, wandering nor held out.
    """
    if motion == WANDERING:
        return _wander(rng, num_frames)
    return {**PRETRAINED, **HELD_OUT}[motion](rng, num_frames)


ALIKE = 0.95
"""The correlation from which two paths count as the same motion at the same time."""


def takes(motion: str, rng: Generator, num_frames: int, num_takes: int) -> list[Path]:
    """Several takes of one motion, as a person would film them: in phase with each other, at different positions."""
    found = [draw(motion, rng, num_frames)]
    while len(found) < num_takes:
        path = draw(motion, rng, num_frames)
        if correlation(path, found[0]) > ALIKE:
            found.append(path)
    return found


def correlation(left: Path, right: Path) -> float:
    """How far two paths do the same at the same time, wherever and however large they are, in [-1, 1]."""
    left_F2, right_F2 = (path.centre_F2 - path.centre_F2.mean(axis=0) for path in (left, right))
    return float((left_F2 * right_F2).sum() / np.sqrt(np.square(left_F2).sum() * np.square(right_F2).sum()))
