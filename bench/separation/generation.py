"""One unit of work: a training in a cell, and the samples of all of its arms for the cell's prompts.

Everything is drawn from the cell's seed alone, so that arms differ in nothing but what they are.
"""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch

from bench.separation.design import NUM_FRAMES, NUM_PROMPTS, NUM_REFERENCE_CLIPS, Arm, Cell, TrainingSetup
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


class Device(NamedTuple):
    """The base model folder, device and threads that a unit runs with."""

    base: Path
    name: str
    threads: int


class Unit(NamedTuple):
    """A cell, one training (None: the base model) and the arms that use it; clips are stored in `keep`."""

    cell: Cell
    training: TrainingSetup | None
    arms: tuple[Arm, ...]
    keep: Path | None = None

    @property
    def key(self) -> str:
        """A readable name, unique in a design."""
        return f"{self.cell.key}/{self.training.name if self.training else 'base model'}"


class UnitResult(NamedTuple):
    """A unit's measures by arm name, the losses of its training, and the resolved recipe."""

    measures: dict[str, Measures]
    losses: list[float]
    recipe: dict[str, Any] | None


def run_unit(unit: Unit, device: Device) -> UnitResult:
    """Train and sample one unit."""
    bundle, info = _load(device)
    takes = reference_paths(unit.cell)
    recipe, fitted = None, None
    if unit.training:
        recipe = resolve(info, unit.training, unit.cell.seed)
        fitted = _train(bundle, unit.cell, takes, recipe)
    asked = subjects(unit.cell)
    found: dict[str, Measures] = {}
    for arm in unit.arms:
        clips = _sample(bundle, info, unit.cell, arm, asked, fitted.adapter if fitted else None)
        found[arm.name] = measure(clips, asked, unit.cell.reference, [take.centre_F2 for take in takes])
        if unit.keep:
            unit.keep.mkdir(parents=True, exist_ok=True)
            np.savez_compressed(unit.keep / f"{arm.name}.npz", clips)
    return UnitResult(found, fitted.losses if fitted else [], recipe.model_dump(mode="json") if recipe else None)


@cache
def _load(device: Device) -> tuple[Bundle, BaseModelInfo]:
    chosen = devices.choose(device.name)
    devices.prepare(chosen, threads=device.threads)
    return unet3d.load(device.base, device=chosen), read_base_model(device.base.name, device.base)


def reference_paths(cell: Cell) -> list[paths.Path]:
    """The reference paths of a cell; its clips show the first `shots` of them."""
    rng = np.random.default_rng([cell.seed, [*paths.HELD_OUT].index(cell.motion)])
    return paths.takes(cell.motion, rng, NUM_FRAMES, max(NUM_REFERENCE_CLIPS, cell.shots))


def subjects(cell: Cell) -> list[scenes.Appearance]:
    """The prompted appearances: they share neither colour nor shape nor background with the reference."""
    others = [
        appearance
        for appearance in scenes.APPEARANCES
        if not any(mine == its for mine, its in zip(appearance, cell.reference, strict=True))
    ]
    chosen = np.random.default_rng([cell.seed, 2]).choice(len(others), NUM_PROMPTS, replace=False)
    return [others[index] for index in chosen]


def resolve(info: BaseModelInfo, training: TrainingSetup, seed: int) -> TrainingRecipe:
    """The training's recipe with the base model's defaults filled in."""
    wanted = info.training_with(training.preset) | training.recipe | {"seed": seed}
    return TrainingRecipe.model_validate({"alpha": wanted["rank"], **wanted})


def _train(bundle: Bundle, cell: Cell, takes: Sequence[paths.Path], recipe: TrainingRecipe) -> train.FitResult:
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
            settings=sample.SamplingSettings(
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
