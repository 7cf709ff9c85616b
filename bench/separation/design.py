"""What a study is made of: the settings that every arm goes through, the trainings, and the arms that perform them.

A cell is one setting: a motion, the reference's appearance, the number of its clips, a seed. In every cell each
teaching is trained once; highway and phase need no training of their own (METHOD 3 and 4).
"""

from collections.abc import Sequence
from itertools import product
from typing import Any, NamedTuple

from services.motion.world import paths, scenes
from shared.schemas.training import Preset

NUM_FRAMES = 8
NUM_TAKES = 4
"""Takes that are drawn of each performance; a one-shot cell shows the first, and fidelity is measured against all."""
NUM_PROMPTS = 8

MOTIONS = tuple(paths.HELD_OUT)
REFERENCES = (scenes.Appearance("red", "circle", "black"), scenes.Appearance("yellow", "square", "navy"))
SHOTS = (1, 4)

SHARED_RECIPE: dict[str, Any] = {"steps": 250, "timestep_range": (0.6, 1.0), "caption_dropout": 0.5}
"""What the paper's presets have in common. Below 0.6 of the schedule no motion is decided on this base, and half of
the samples go without a caption, since a caption of this world says all there is to a clip's looks."""
OWN_RECIPE: dict[str, Any] = {"steps": SHARED_RECIPE["steps"]}
"""The base's own defaults, for as many steps as everybody has."""

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


class Teaching(NamedTuple):
    """One training: a preset and what its recipe states beside the base's defaults."""

    name: str
    preset: Preset
    recipe: dict[str, Any]


class Arm(NamedTuple):
    """One way to perform: the adapter of a teaching (None: the plain base) under highway and phase."""

    teaching: str | None
    highway: str = "off"
    phase: float = 1.0

    @property
    def name(self) -> str:
        """A readable name, unique in a study."""
        phase = f", PLI {self.phase:g}" if self.phase < 1.0 else ""
        return f"{self.teaching or 'untaught'}, AH {self.highway}{phase}" if self.teaching else "untaught"


UNTAUGHT = Arm(None)
DEFAULT = Arm("default", "release", PLI)


class Study(NamedTuple):
    """One question: who is taught, who performs, and the seeds of the cells that all of them go through."""

    name: str
    teachings: tuple[Teaching, ...]
    arms: tuple[Arm, ...]
    seeds: tuple[int, ...]

    def arms_of(self, teaching: Teaching) -> tuple[Arm, ...]:
        """The arms that perform with a teaching."""
        return tuple(arm for arm in self.arms if arm.teaching == teaching.name)


def cells(motions: Sequence[str], shots: Sequence[int], seeds: Sequence[int]) -> list[Cell]:
    """Every setting, in an order that is balanced wherever a run is stopped: of each seed first one half, in which
    every motion meets every appearance and every number of clips meets every appearance, then the other.
    """
    drawn = [
        (seed, sum(places) % 2, Cell(motions[places[0]], REFERENCES[places[1]], shots[places[2]], seed))
        for seed, *places in product(seeds, range(len(motions)), range(len(REFERENCES)), range(len(shots)))
    ]
    return [cell for _, _, cell in sorted(drawn, key=lambda one: one[:2])]
