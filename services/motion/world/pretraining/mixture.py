"""The pretraining mixture: named motions, and random smooth paths that resemble no held-out motion."""

from collections.abc import Sequence

import numpy as np

from services.motion.world import captions, paths, scenes, trajectories
from services.motion.world.pretraining.denoiser import NUM_FRAMES

WANDERING_SHARE = 0.42
LIKENESS = {"orbiting": 0.75, "zigzagging": 0.88, "bouncing": 0.7}
"""Random paths whose agreement with a held-out motion is at least this high are rejected."""


def draw_prompt(
    rng: np.random.Generator,
    named: Sequence[captions.Prompt],
    appearances: Sequence[scenes.Appearance] = scenes.APPEARANCES,
) -> captions.Prompt:
    """A prompt of the pretraining mixture: one of `named`, or a random path of one of `appearances`."""
    if rng.uniform() < WANDERING_SHARE:
        return captions.Prompt(appearances[rng.integers(len(appearances))], paths.WANDERING)
    return named[rng.integers(len(named))]


def draw_path(motion: str, rng: np.random.Generator) -> paths.Path:
    """A path of the motion; random ones that resemble a held-out motion are rejected."""
    while True:
        path = paths.draw(motion, rng, NUM_FRAMES)
        if motion != paths.WANDERING or not _resembles_held_out(path, rng):
            return path


def _resembles_held_out(path: paths.Path, rng: np.random.Generator) -> bool:
    return any(
        trajectories.fidelity(path.centre_F2, [draw(rng, NUM_FRAMES).centre_F2]) > LIKENESS[name]
        for name, draw in paths.HELD_OUT.items()
    )
