"""Motion fidelity of trajectories, invariant to start, direction and phase.

Suffixes: F frames, 2 = (x, y). Points that could not be measured are NaN.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Complexes = NDArray[np.complex128]

MIN_MEASURED = 0.75
"""Minimum share of frames in which the shape was found."""
STILL = 1e-3
"""A trajectory with a smaller root mean square distance from its centre counts as still."""


def fidelity(centre_F2: Floats, references: Sequence[Floats]) -> float:
    """Agreement with the nearest reference, in [0, 1]; 1 is the same motion.

    Start, direction and phase are aligned, then the share of the trajectory's variance that the reference
    explains is taken (the squared correlation of the points as complex numbers). A trajectory less than half as
    large as the reference is marked down in proportion, so that trembling is no motion.

    Raises:
        ValueError: there is no reference, or a reference stands still.
    """
    if not references:
        raise ValueError("motion fidelity needs at least one reference trajectory")
    return max(_agreement(_complex(centre_F2), _complex(reference_F2)) for reference_F2 in references)


def moves(centre_F2: Floats) -> bool:
    """Whether a trajectory is measured in enough frames and moves, so that it can be a reference."""
    points_F = _complex(centre_F2)
    return bool(np.isfinite(points_F).mean() >= MIN_MEASURED) and _spread(points_F) >= STILL


def _complex(centre_F2: Floats) -> Complexes:
    return centre_F2[:, 0] + 1j * centre_F2[:, 1]


def _agreement(points_F: Complexes, reference_F: Complexes) -> float:
    if np.isfinite(points_F).mean() < MIN_MEASURED:
        return 0.0
    size = _spread(reference_F)
    if size < STILL:
        raise ValueError("the reference trajectory stands still")
    return max(
        _explained(left_F, right_F) * min(1.0, 2.0 * _spread(left_F) / size)
        for left_F, right_F in _aligned(points_F, reference_F)
    )


def _spread(points_F: Complexes) -> float:
    points_F = points_F[np.isfinite(points_F)]
    return float(np.sqrt(np.mean(np.abs(points_F - points_F.mean()) ** 2)))


def _aligned(points_F: Complexes, reference_F: Complexes) -> Iterator[tuple[Complexes, Complexes]]:
    """Both trajectories at each phase: all the way round a closed reference, else shifted by up to a quarter."""
    num_frames = min(len(points_F), len(reference_F))
    points_F, reference_F = points_F[:num_frames], reference_F[:num_frames]
    if _is_closed(reference_F):
        for shift in range(num_frames):
            yield points_F, np.roll(reference_F, shift)
        return
    for shift in range(num_frames // 4 + 1):
        yield points_F[shift:], reference_F[: num_frames - shift]
        yield points_F[: num_frames - shift], reference_F[shift:]


def _is_closed(reference_F: Complexes) -> bool:
    """Whether one more step of ordinary length leads back to the start."""
    steps = np.abs(np.diff(reference_F))
    return bool(abs(reference_F[-1] - reference_F[0]) <= 2.0 * np.nanmean(steps))


def _explained(points_F: Complexes, reference_F: Complexes) -> float:
    measured = np.isfinite(points_F) & np.isfinite(reference_F)
    points_F, reference_F = points_F[measured], reference_F[measured]
    points_F, reference_F = points_F - points_F.mean(), reference_F - reference_F.mean()
    power = float(np.vdot(points_F, points_F).real * np.vdot(reference_F, reference_F).real)
    return float(abs(np.vdot(reference_F, points_F)) ** 2 / power) if power > STILL**4 else 0.0


def name_pretrained(centre_F2: Floats, radius_F: Floats) -> str:
    """Which of the world's pretrained motions this is, or "moving" if none of them.

    Lengths are fractions of the frame's side, y points down.
    """
    measured = np.isfinite(centre_F2).all(axis=1)
    if measured.mean() < MIN_MEASURED:
        return "moving"
    centre_F2, radius_F = centre_F2[measured], radius_F[measured]
    growth = float(radius_F[-3:].mean() / radius_F[:3].mean())
    if growth > 1.45 or growth < 1 / 1.45:
        return "growing" if growth > 1 else "shrinking"
    extent_2 = np.ptp(centre_F2, axis=0)
    if extent_2.max() < 0.1:
        return "standing still"
    return _name_displacement(centre_F2, extent_2)


def _name_displacement(centre_F2: Floats, extent_2: Floats) -> str:
    net_2 = centre_F2[-2:].mean(axis=0) - centre_F2[:2].mean(axis=0)
    length = float(np.linalg.norm(np.diff(centre_F2, axis=0), axis=1).sum())
    if float(np.linalg.norm(net_2)) < 0.6 * length:
        return "swinging" if extent_2[1] < 0.35 * extent_2[0] else "moving"
    octant = round(np.degrees(np.arctan2(-net_2[1], net_2[0])) / 45) % 8
    return "moving " + ("right", "up right", "up", "up left", "left", "down left", "down", "down right")[octant]
