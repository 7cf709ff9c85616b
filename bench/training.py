"""A training step of ours, with and without gradient checkpointing, beside one of a plain loop."""

from collections.abc import Iterator
from typing import Any

from bench import costs, reference
from bench.costs import Cost, Tick
from bench.task import CAPTION, Task
from services.motion import adapters, train
from services.motion.progress import Progress
from shared.schemas.training import Preset


def rows(task: Task, preset: Preset) -> Iterator[dict[str, Any]]:
    """The reference first."""
    plain = _reference(task, preset)
    yield costs.row({"preset": preset, "who": "reference"}, plain, plain)
    for checkpointing, who in (("off", "ours"), ("on", "ours, checkpointed")):
        yield costs.row({"preset": preset, "who": who}, _ours(task, preset, checkpointing), plain)


def _ours(task: Task, preset: Preset, checkpointing: str) -> Cost:
    recipe, latents = task.make_recipe(preset, checkpointing), task.make_latents()
    text_KSD = task.bundle.encode_text([CAPTION])

    def steps(tick: Tick) -> None:
        def report(_progress: Progress) -> None:
            tick()

        train.fit(task.bundle, [latents], text_KSD, recipe, report=report, compute_dtype=task.compute_dtype)

    return costs.measured(steps, task.device)


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

    return costs.measured(steps, task.device)
