"""A training step of the engine, with and without gradient checkpointing, compared with the plain reference."""

from collections.abc import Iterator, Sequence
from typing import Any

from torch import Tensor

from bench import measurement, reference
from bench.measurement import Cost, Tick
from bench.task import CAPTION, Task
from services.motion.method import adapters
from services.motion.progress import StepProgress
from services.motion.training import train
from shared.schemas.training import Preset, TrainingRecipe


def rows(task: Task, preset: Preset) -> Iterator[dict[str, Any]]:
    """The reference first."""
    plain = _reference(task, preset)
    yield measurement.row({"preset": preset, "who": "reference"}, plain, plain)
    for checkpointing, who in (("off", "ours"), ("on", "ours, checkpointed")):
        cost = measured(task, task.make_recipe(preset, checkpointing), [task.make_latents()])
        yield measurement.row({"preset": preset, "who": who}, cost, plain)


def measured(task: Task, recipe: TrainingRecipe, latents: Sequence[Tensor]) -> Cost:
    """A step of ours on these clips' latents."""
    text_KSD = task.bundle.encode_text([CAPTION] * len(latents))

    def steps(tick: Tick) -> None:
        def on_progress(_progress: StepProgress) -> None:
            tick()

        train.fit(task.bundle, latents, text_KSD, recipe, on_progress=on_progress, compute_dtype=task.compute_dtype)

    return measurement.measured(steps, task.device)


def _reference(task: Task, preset: Preset) -> Cost:
    network = task.fresh_network()
    clip_BCFHW = task.make_latents().transpose(0, 1).unsqueeze(0).to(task.device)
    names = adapters.target_modules(network, preset)

    def steps(tick: Tick) -> None:
        text_KSD = task.bundle.encode_text([CAPTION])
        reference.train(
            network, task.bundle.scheduler, clip_BCFHW, text_KSD, recipe=task.make_recipe(preset),
            target_modules=names, dtype=task.dtype, tick=tick,
        )  # fmt: skip

    return measurement.measured(steps, task.device)
