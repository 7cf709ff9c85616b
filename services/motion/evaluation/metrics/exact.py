"""Exact scores of a clip of the bundled world: text alignment, leakage and motion fidelity.

Suffixes: F frames, H height, W width, C = 3 colour channels, 2 = (x, y).
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.motion.evaluation.metrics.registry import NO_REFERENCE, Column, EvaluationInput, Frames
from services.motion.world import attributes, captions, trajectories
from services.motion.world.attributes import Attributes
from services.motion.world.scenes import Appearance

PathF2 = NDArray[np.float64]


class Scores(NamedTuple):
    """Scores in [0, 1]. Low leakage is better; for the others, high values are."""

    text_alignment: float
    leakage: float
    motion_fidelity: float


def paths_of(clips: Sequence[Frames]) -> list[PathF2]:
    """The trajectory of the shape in each clip, in fractions of the frame's side."""
    return [attributes.measure(clip).centre_F2 for clip in clips]


def score(frames_FHWC: Frames, wanted: Appearance, reference: Appearance, reference_paths: Sequence[PathF2]) -> Scores:
    """Scores of a clip: alignment with `wanted`, leakage of the `reference`'s appearance, fidelity to its motion."""
    return score_of(attributes.measure(frames_FHWC), wanted, reference, reference_paths)


def score_of(seen: Attributes, wanted: Appearance, reference: Appearance, reference_paths: Sequence[PathF2]) -> Scores:
    """Scores of a clip whose attributes are already measured."""
    return Scores(
        text_alignment=attributes.text_alignment(seen.appearance, wanted),
        leakage=attributes.leakage(seen.appearance, wanted, reference),
        motion_fidelity=trajectories.fidelity(seen.centre_F2, reference_paths),
    )


def mean(scores: Sequence[Scores]) -> Scores:
    """The mean of each score."""
    return Scores(*(float(np.mean(column)) for column in zip(*scores, strict=True)))


class Exact:
    """The exact metrics of the bundled world: colour, shape, background and trajectory, from pixels."""

    name = "exact"
    HOW = "exact colour, shape and background of the bundled world"
    HOW_IT_MOVES = "exact trajectories of the bundled world"
    _FOREIGN = "the prompts are not captions of the bundled world"

    def measure(self, evaluation_input: EvaluationInput) -> list[Column]:
        """See `Metric`."""
        seen = [attributes.measure(clip_FHWX) for clip_FHWX in evaluation_input.clips_BFHWX]
        asked = [captions.parse(prompt) for prompt in evaluation_input.prompts]
        references = [attributes.measure(clip_FHWX) for clip_FHWX in evaluation_input.references_FHWX]
        aligned = [
            attributes.text_alignment(one.appearance, prompt.appearance) if prompt else None
            for one, prompt in zip(seen, asked, strict=True)
        ]
        leaked = [_leaked(one, prompt, references) for one, prompt in zip(seen, asked, strict=True)]
        why = "the prompts ask for nothing but what the reference clips show" if any(asked) else self._FOREIGN
        return [
            Column("text_alignment", self.HOW, aligned, self._FOREIGN),
            Column("leakage", self.HOW, leaked, why if references else NO_REFERENCE),
            self._motion(seen, references),
        ]

    def _motion(self, seen: Sequence[Attributes], references: Sequence[Attributes]) -> Column:
        moving = [one.centre_F2 for one in references if trajectories.moves(one.centre_F2)]
        values = [trajectories.fidelity(one.centre_F2, moving) if moving else None for one in seen]
        reason = "nothing changes its place in the reference clips" if references else NO_REFERENCE
        return Column("motion_fidelity", self.HOW_IT_MOVES, values, reason)


def _leaked(seen: Attributes, asked: captions.Prompt | None, references: Sequence[Attributes]) -> float | None:
    """The maximum leakage over the references from which the prompt differs."""
    found = [
        attributes.leakage(seen.appearance, asked.appearance, reference.appearance)
        for reference in references
        if asked and _differs(asked.appearance, reference.appearance)
    ]
    return max(found, default=None)


def _differs(left: Appearance, right: Appearance) -> bool:
    return any(mine != its for mine, its in zip(left, right, strict=True))
