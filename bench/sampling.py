"""A denoising step of the engine under each strategy, compared with the plain reference on the base model."""

import statistics
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

import torch

from bench import measurement, reference
from bench.measurement import WARM_UP, Cost, Tick
from bench.task import CAPTION, Task
from services.motion.artifacts.adapter_files import Adapter
from services.motion.method import noise
from services.motion.progress import StepProgress
from services.motion.sampling import sample
from services.motion.sampling.sample import SamplingSettings
from services.motion.schedules.samplers import DIFFUSION_SAMPLERS
from services.motion.training import train
from shared.schemas.training import Preset

PRESET: Preset = "tap-qko"
SCALE = 9.0
"""Of classifier-free guidance; any but 1 costs the same."""


class Strategy(NamedTuple):
    """What takes part in which share of the steps."""

    name: str
    adapted: bool = True
    highway: str = "off"
    phase: float = 1.0


STRATEGIES = (
    Strategy("base model", adapted=False),
    Strategy("adapter"),
    Strategy("adapter, AH release", highway="release"),
    Strategy("adapter, AH full", highway="full"),
    Strategy("adapter, AH release, PLI 0.2", highway="release", phase=0.2),
)


def rows(task: Task) -> Iterator[dict[str, Any]]:
    """The reference first. Steps are averaged, since PLI's are not alike."""
    plain = _measured(partial(_reference, task), task.device)
    yield measurement.row({"strategy": "reference"}, plain, plain)
    adapter = _adapter(task)
    for strategy in STRATEGIES:
        cost = _measured(partial(_ours, task, strategy, adapter if strategy.adapted else None), task.device)
        yield measurement.row({"strategy": strategy.name}, cost, plain)


def _measured(steps: Callable[[Tick], None], device: torch.device) -> Cost:
    with torch.no_grad():
        return measurement.measured(steps, device, statistics.fmean)


def _num_steps(task: Task) -> int:
    return WARM_UP + task.num_steps


def _adapter(task: Task) -> Adapter:
    """The adapter of a single training step: its cost equals that of any adapter."""
    recipe = task.make_recipe(PRESET).model_copy(update={"steps": 1})
    return train.fit(task.bundle, [task.make_latents()], task.bundle.encode_text([CAPTION]), recipe).adapter


def _ours(task: Task, strategy: Strategy, adapter: Adapter | None, tick: Tick) -> None:
    def on_progress(_progress: StepProgress) -> None:
        _wait(task.device)
        tick()

    settings = SamplingSettings(_num_steps(task), SCALE, highway=strategy.highway, phase=strategy.phase)
    sample.denoise(
        task.bundle, [CAPTION], size=task.size, generators=[noise.make_generator(0)], settings=settings,
        adapter=adapter, compute_dtype=task.compute_dtype, on_progress=on_progress,
    )  # fmt: skip


def _reference(task: Task, tick: Tick) -> None:
    def waiting() -> None:
        _wait(task.device)
        tick()

    empty_BSD, text_BSD = task.bundle.encode_text(["", CAPTION]).chunk(2)
    clip_BCFHW = task.make_latents().transpose(0, 1).unsqueeze(0).to(task.device)
    scheduler = DIFFUSION_SAMPLERS["ddim"](task.bundle.scheduler.config, _num_steps(task))
    network = task.fresh_network()
    reference.sample(
        network, scheduler, clip_BCFHW, torch.cat([empty_BSD, text_BSD]), scale=SCALE, dtype=task.dtype, tick=waiting
    )


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
