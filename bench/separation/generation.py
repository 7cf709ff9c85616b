"""One unit of the work: a teaching is trained in a cell, and all of its arms perform the cell's prompts.

Everything is drawn from the cell's seed alone, so that arms differ in nothing but what they are.
"""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch

from bench.separation.design import NUM_FRAMES, NUM_PROMPTS, NUM_TAKES, Arm, Cell, Teaching
from bench.separation.measures import Measures, measure
from services.motion.artifacts.adapter_files import Adapter
from services.motion.compute import devices
from services.motion.families import unet3d
from services.motion.families.protocol import Bundle
from services.motion.method import noise
from services.motion.sampling import sample
from services.motion.shapes import VideoSize
from services.motion.training import train
from services.motion.world import paths, scenes
from shared.base_models import BaseModelInfo, read_base_model
from shared.schemas.training import TrainingRecipe

COMPUTE_DTYPE = "bfloat16"
"""The same on every machine, whatever is fastest there."""


class Place(NamedTuple):
    """Where a unit is computed."""

    base: Path
    device: str
    threads: int


class Unit(NamedTuple):
    """A cell, one teaching of it (None: the plain base) and the arms that need it; `keep` takes their clips."""

    cell: Cell
    teaching: Teaching | None
    arms: tuple[Arm, ...]
    keep: Path | None = None

    @property
    def key(self) -> str:
        """A readable name, unique in a design."""
        return f"{self.cell.key}/{self.teaching.name if self.teaching else 'untaught'}"


class Performed(NamedTuple):
    """What a unit measured: by the arm's name; the losses of the training, and the recipe in full."""

    measures: dict[str, Measures]
    losses: list[float]
    recipe: dict[str, Any] | None


def perform(unit: Unit, place: Place) -> Performed:
    """Train and sample one unit."""
    bundle, info = _load(place)
    takes = takes_of(unit.cell)
    recipe, fitted = None, None
    if unit.teaching:
        recipe = resolve(info, unit.teaching, unit.cell.seed)
        fitted = _teach(bundle, unit.cell, takes, recipe)
    asked = subjects(unit.cell)
    found: dict[str, Measures] = {}
    for arm in unit.arms:
        clips = _sample(bundle, info, unit.cell, arm, asked, fitted.adapter if fitted else None)
        found[arm.name] = measure(clips, asked, unit.cell.reference, [take.centre_F2 for take in takes])
        if unit.keep:
            unit.keep.mkdir(parents=True, exist_ok=True)
            np.savez_compressed(unit.keep / f"{arm.name}.npz", clips)
    return Performed(found, fitted.losses if fitted else [], recipe.model_dump(mode="json") if recipe else None)


@cache
def _load(place: Place) -> tuple[Bundle, BaseModelInfo]:
    device = devices.choose(place.device)
    devices.prepare(device, threads=place.threads)
    return unet3d.load(place.base, device=device), read_base_model(place.base.name, place.base)


def takes_of(cell: Cell) -> list[paths.Path]:
    """The performances that are drawn for a cell; its clips show the first `shots` of them."""
    rng = np.random.default_rng([cell.seed, [*paths.HELD_OUT].index(cell.motion)])
    return paths.takes(cell.motion, rng, NUM_FRAMES, max(NUM_TAKES, cell.shots))


def subjects(cell: Cell) -> list[scenes.Appearance]:
    """Who performs: appearances that share neither colour nor shape nor background with the reference."""
    others = [
        appearance
        for appearance in scenes.APPEARANCES
        if not any(mine == its for mine, its in zip(appearance, cell.reference, strict=True))
    ]
    chosen = np.random.default_rng([cell.seed, 2]).choice(len(others), NUM_PROMPTS, replace=False)
    return [others[index] for index in chosen]


def resolve(info: BaseModelInfo, teaching: Teaching, seed: int) -> TrainingRecipe:
    """The teaching's recipe with the base's defaults filled in."""
    wanted = info.training_with(teaching.preset) | teaching.recipe | {"seed": seed}
    return TrainingRecipe.model_validate({"alpha": wanted["rank"], **wanted})


def _teach(bundle: Bundle, cell: Cell, takes: Sequence[paths.Path], recipe: TrainingRecipe) -> train.Fitted:
    clips = [scenes.render(cell.reference, take) for take in takes[: cell.shots]]
    latents = [bundle.encode_clip(clip, recipe.num_frames) for clip in clips]
    text_KSD = bundle.encode_text([cell.reference.caption(cell.motion)] * len(clips))
    return train.fit(bundle, latents, text_KSD, recipe, compute_dtype=COMPUTE_DTYPE)


def _sample(
    bundle: Bundle,
    info: BaseModelInfo,
    cell: Cell,
    arm: Arm,
    asked: Sequence[scenes.Appearance],
    adapter: Adapter | None,
) -> list[scenes.Frames]:
    defaults = info.generation
    return [
        *sample.denoise(
            bundle,
            [subject.caption(cell.motion) for subject in asked],
            size=VideoSize(NUM_FRAMES, defaults["height"], defaults["width"]),
            generators=[noise.make_generator(cell.seed, "separation", index) for index in range(len(asked))],
            guidance=sample.Guidance(
                defaults["steps"],
                defaults["guidance_scale"],
                highway=arm.highway,
                gain=defaults["highway"]["gain"],
                phase=arm.phase,
            ),
            adapter=adapter,
            compute_dtype=COMPUTE_DTYPE,
        )
    ]


def num_threads(workers: int) -> int:
    """CPU threads of each worker, so that all of them together use every core once."""
    return max(1, torch.get_num_threads() // workers)
