"""What a training step costs, ours beside a plain loop of diffusers and peft: time, peak memory, and their ratios.

Each preset, with and without gradient checkpointing, on the bundled base; or on ZeroScope's network at full size and
random weights, without autoencoder and text encoder, which a training keeps off the device anyway.

    python -m bench.engine --out bench/engine.json
    python -m bench.engine --network zeroscope --device cuda --out bench/engine-zeroscope.json
"""

import argparse
import gc
import json
import platform
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, get_args

import torch
from torch import Tensor, nn

from bench import reference
from bench.memory import Peak
from services.motion import adapters, devices, precision, train, versions
from services.motion.families import unet3d
from services.motion.families.protocol import Bundle
from services.motion.progress import Progress
from services.motion.shapes import VideoSize
from services.motion.world.__main__ import BUNDLED
from shared.base_models import read_base_model
from shared.clock import SystemClock
from shared.schemas.training import Preset, TrainingRecipe

PRESETS: tuple[Preset, ...] = get_args(Preset)
CAPTION = "a red circle orbiting on a black background"
WARM_UP = 2
"""Steps that are taken before any is timed."""


class Task(NamedTuple):
    """What every row does: the same steps on the same kind of network."""

    bundle: Bundle
    fresh_network: Callable[[], nn.Module]
    """The same network as the library makes it, for the reference."""
    size: VideoSize
    recipe: dict[str, Any]
    dtype: torch.dtype
    num_steps: int

    @property
    def device(self) -> torch.device:
        return self.bundle.device

    def make_recipe(self, preset: Preset, checkpointing: str = "off") -> TrainingRecipe:
        size = self.size._asdict()
        steps = {"steps": WARM_UP + self.num_steps, "checkpoint_every": WARM_UP + self.num_steps, "seed": 0}
        chosen = {"preset": preset, "gradient_checkpointing": checkpointing}
        return TrainingRecipe.model_validate(self.recipe | size | steps | chosen)

    def make_latents(self) -> Tensor:
        """One window of random latents T x C x H x W."""
        channels, num_frames, height, width = self.bundle.latent_size(self.size)
        return torch.randn((num_frames, channels, height, width), generator=torch.Generator().manual_seed(0))


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print a table, and write the figures where `--out` says."""
    options = _parser().parse_args(arguments)
    device = devices.choose(options.device)
    devices.prepare(device, threads=options.threads)
    task = _of_zeroscope(options, device) if options.network == "zeroscope" else _of_base(options, device)
    rows = [row for preset in options.preset for row in _rows(task, preset)]
    if options.out:
        options.out.write_text(json.dumps(_facts(task, options.network) | {"rows": rows}, indent=2) + "\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench.engine", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--network", choices=["base", "zeroscope"], default="base")
    parser.add_argument("--base", type=Path, default=BUNDLED, help="a base of the unet3d family (default: the bundled)")
    parser.add_argument("--preset", choices=PRESETS, nargs="*", default=PRESETS)
    parser.add_argument("--num-steps", type=int, default=10, help="steps that are timed; the median counts")
    parser.add_argument("--size", type=int, nargs=3, metavar=("FRAMES", "HEIGHT", "WIDTH"))
    parser.add_argument("--device", default="auto", help="cpu, cuda or auto (default)")
    parser.add_argument("--threads", type=int, help="CPU threads (default: all cores)")
    parser.add_argument("--base-dtype", default="auto")
    parser.add_argument("--compute-dtype", default="auto")
    parser.add_argument("--out", type=Path, help="write the figures here too, as JSON")
    return parser


def _of_base(options: argparse.Namespace, device: torch.device) -> Task:
    dtype = precision.of_base(options.base_dtype, device)
    bundle = unet3d.load(options.base, device=device, dtype=dtype)
    defaults = read_base_model(options.base.name, options.base).training
    stated = VideoSize(defaults["num_frames"], defaults["height"], defaults["width"])
    return Task(
        bundle=bundle,
        fresh_network=lambda: reference.load_network(options.base, device, dtype),
        size=VideoSize(*options.size) if options.size else stated,
        recipe=defaults | {"alpha": defaults["rank"], "spatial_path": "none"},
        dtype=precision.resolve(options.compute_dtype, device),
        num_steps=options.num_steps,
    )


def _of_zeroscope(options: argparse.Namespace, device: torch.device) -> Task:
    dtype = precision.of_base(options.base_dtype, device)
    recipe = {"rank": 32, "alpha": 32, "learning_rate": 5e-4, "batch_size": 1, "dropout": 0.1}
    return Task(
        bundle=reference.random_bundle(device, dtype),
        fresh_network=lambda: reference.random_network(device, dtype),
        size=VideoSize(*(options.size or (16, 384, 384))),
        recipe=recipe,
        dtype=precision.resolve(options.compute_dtype, device),
        num_steps=options.num_steps,
    )


class Cost(NamedTuple):
    """The median step, and the peak memory above what lay there before."""

    seconds: float
    peak_bytes: int | None


def _rows(task: Task, preset: Preset) -> Iterator[dict[str, Any]]:
    plain = _reference(task, preset)
    yield _row(preset, "reference", plain, plain)
    for checkpointing in ("off", "on"):
        name = "ours" if checkpointing == "off" else "ours, checkpointed"
        yield _row(preset, name, _ours(task, preset, checkpointing), plain)


def _row(preset: str, who: str, cost: Cost, plain: Cost) -> dict[str, Any]:
    row = {
        "preset": preset,
        "who": who,
        "seconds_per_step": round(cost.seconds, 4),
        "peak_bytes": cost.peak_bytes,
        "time_ratio": round(cost.seconds / plain.seconds, 3),
        "memory_ratio": round(cost.peak_bytes / plain.peak_bytes, 3) if cost.peak_bytes and plain.peak_bytes else None,
    }
    print("  ".join(f"{value!s:>18}" for value in row.values()), flush=True)
    return row


def _ours(task: Task, preset: Preset, checkpointing: str) -> Cost:
    recipe, latents = task.make_recipe(preset, checkpointing), task.make_latents()
    text_KSD = task.bundle.encode_text([CAPTION])
    dtype = str(task.dtype).removeprefix("torch.")

    def steps(tick: Callable[[], None]) -> None:
        def report(_progress: Progress) -> None:
            tick()

        train.fit(task.bundle, [latents], text_KSD, recipe, report=report, compute_dtype=dtype)

    return _measured(steps, task.device)


def _reference(task: Task, preset: Preset) -> Cost:
    network = task.fresh_network()
    clip_BCFHW = task.make_latents().transpose(0, 1).unsqueeze(0).to(task.device)
    names = adapters.target_modules(network, preset)

    def steps(tick: Callable[[], None]) -> None:
        text_KSD = task.bundle.encode_text([CAPTION])
        reference.train(
            network, task.bundle.scheduler, clip_BCFHW, text_KSD, recipe=task.make_recipe(preset),
            target_modules=names, dtype=task.dtype, tick=tick,
        )  # fmt: skip

    return _measured(steps, task.device)


def _measured(steps: Callable[[Callable[[], None]], None], device: torch.device) -> Cost:
    gc.collect()
    peak, ticks = Peak(device), [time.perf_counter()]
    steps(lambda: ticks.append(time.perf_counter()))  # every step ends by reading its loss, which waits for the device
    num_bytes = peak.read()
    lasted = sorted(after - before for before, after in zip(ticks[WARM_UP:-1], ticks[WARM_UP + 1 :], strict=True))
    return Cost(lasted[len(lasted) // 2], num_bytes)


def _facts(task: Task, network: str) -> dict[str, Any]:
    parameters = list(task.bundle.network.parameters())
    return {
        "date": f"{SystemClock().now():%Y-%m-%d}",
        "machine": _machine(task.device),
        "network": network,
        "size": task.size._asdict(),
        "batch_size": task.recipe["batch_size"],
        "rank": task.recipe["rank"],
        "base_dtype": str(task.bundle.dtype).removeprefix("torch."),
        "compute_dtype": str(task.dtype).removeprefix("torch."),
        "num_steps": task.num_steps,
        "weights_bytes": sum(each.numel() * each.element_size() for each in parameters),
        "versions": versions.of_libraries(),
    }


def _machine(device: torch.device) -> str:
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return f"{platform.machine()}, {torch.get_num_threads()} threads"


if __name__ == "__main__":
    sys.exit(main())
