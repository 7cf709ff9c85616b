"""The design of a study: the cells that every arm is measured in, the trainings, and the arms that sample them.

A cell is one setting: a motion, the reference's appearance, the number of its clips, a seed. In every cell each
training is trained once; highway and phase are sampling options and need no training
(docs/method.md, sections 3 and 4).
"""

from collections.abc import Sequence
from itertools import product
from typing import Any, NamedTuple

from services.motion.world import paths, scenes
from shared.schemas.training import Preset

NUM_FRAMES = 8
NUM_REFERENCE_CLIPS = 4
"""Reference clips drawn for a cell. A one-shot cell trains on the first; fidelity is measured against all."""
NUM_PROMPTS = 8

MOTIONS = tuple(paths.HELD_OUT)
REFERENCES = (scenes.Appearance("red", "circle", "black"), scenes.Appearance("yellow", "square", "navy"))
SHOTS = (1, 4)

SHARED_RECIPE: dict[str, Any] = {"steps": 250, "timestep_range": (0.6, 1.0), "caption_dropout": 0.5}
"""Shared by the paper's presets. Below 0.6 of the schedule no motion is decided on this base model. Half of the
samples have no caption, because a caption of this world describes a clip's appearance completely."""
OWN_RECIPE: dict[str, Any] = {"steps": SHARED_RECIPE["steps"]}
"""The base model's own defaults, with the same number of steps."""

PLI = 0.2
"""The fraction of the steps that PLI adapts: the base's own default."""


class Cell(NamedTuple):
    """One setting."""

    motion: str
    reference: scenes.Appearance
    shots: int
    seed: int

    @property
    def key(self) -> str:
        """A readable name, unique in a design."""
        return f"{self.motion}/{'-'.join(self.reference)}/{self.shots}-shot/seed-{self.seed}"


class TrainingSetup(NamedTuple):
    """One training: a preset, and the recipe values that differ from the base model's defaults."""

    name: str
    preset: Preset
    recipe: dict[str, Any]


class Arm(NamedTuple):
    """One way to sample: the adapter of a training (None: the base model), a highway mode and a phase."""

    training: str | None
    highway: str = "off"
    phase: float = 1.0

    @property
    def name(self) -> str:
        """A readable name, unique in a study."""
        phase = f", PLI {self.phase:g}" if self.phase < 1.0 else ""
        return f"{self.training or 'base model'}, AH {self.highway}{phase}" if self.training else "base model"


BASE_MODEL = Arm(None)
DEFAULT = Arm("default", "release", PLI)


class Study(NamedTuple):
    """One study: its trainings, its arms, and the seeds of the cells."""

    name: str
    trainings: tuple[TrainingSetup, ...]
    arms: tuple[Arm, ...]
    seeds: tuple[int, ...]

    def arms_of(self, training: TrainingSetup) -> tuple[Arm, ...]:
        """The arms that use a training's adapter."""
        return tuple(arm for arm in self.arms if arm.training == training.name)


def cells(motions: Sequence[str], shots: Sequence[int], seeds: Sequence[int]) -> list[Cell]:
    """Every setting, in an order that is balanced wherever a run is stopped: of each seed first one half, in which
    every motion meets every appearance and every number of clips meets every appearance, then the other.
    """
    drawn = [
        (seed, sum(places) % 2, Cell(motions[places[0]], REFERENCES[places[1]], shots[places[2]], seed))
        for seed, *places in product(seeds, range(len(motions)), range(len(REFERENCES)), range(len(shots)))
    ]
    return [cell for _, _, cell in sorted(drawn, key=lambda one: one[:2])]
