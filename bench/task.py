"""The task of the engine benchmark: one network, one size, one recipe."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from bench import reference
from bench.measurement import WARM_UP, machine
from services.motion.artifacts.report import library_versions
from services.motion.compute import precision
from services.motion.families import unet3d
from services.motion.families.protocol import Bundle
from services.motion.shapes import VideoSize
from services.motion.world.__main__ import BUNDLED
from shared.base_models import read_base_model
from shared.clock import SystemClock
from shared.schemas.training import Preset, TrainingRecipe

CAPTION = "a red circle orbiting on a black background"


class Task(NamedTuple):
    """The same steps on the same kind of network."""

    name: str
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

    @property
    def compute_dtype(self) -> str:
        """The name of `dtype`."""
        return precision.dtype_name(self.dtype)

    def make_recipe(self, preset: Preset, checkpointing: str = "off") -> TrainingRecipe:
        """As many steps as are timed, after those that warm up."""
        size = self.size._asdict()
        steps = {"steps": WARM_UP + self.num_steps, "checkpoint_every": WARM_UP + self.num_steps, "seed": 0}
        chosen = {"preset": preset, "gradient_checkpointing": checkpointing}
        return TrainingRecipe.model_validate(self.recipe | size | steps | chosen)

    def make_latents(self) -> Tensor:
        """One window of random latents T x C x H x W."""
        channels, num_frames, height, width = self.bundle.latent_size(self.size)
        return torch.randn((num_frames, channels, height, width), generator=torch.Generator().manual_seed(0))

    def facts(self) -> dict[str, Any]:
        """Where, when and on what the figures were taken."""
        parameters = list(self.bundle.network.parameters())
        return {
            "date": f"{SystemClock().now():%Y-%m-%d}",
            "machine": machine(self.device),
            "network": self.name,
            "size": self.size._asdict(),
            "batch_size": self.recipe["batch_size"],
            "rank": self.recipe["rank"],
            "base_dtype": precision.dtype_name(self.bundle.dtype),
            "compute_dtype": self.compute_dtype,
            "num_steps": self.num_steps,
            "weights_bytes": sum(each.numel() * each.element_size() for each in parameters),
            "versions": library_versions(),
        }


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options that choose a task."""
    parser.add_argument("--network", choices=["base", "zeroscope"], default="base")
    parser.add_argument("--base", type=Path, default=BUNDLED, help="a base of the unet3d family (default: the bundled)")
    parser.add_argument("--num-steps", type=int, default=10, help="steps that are timed")
    parser.add_argument("--size", type=int, nargs=3, metavar=("FRAMES", "HEIGHT", "WIDTH"))
    parser.add_argument("--base-dtype", default="auto")
    parser.add_argument("--compute-dtype", default="auto")


def make(options: argparse.Namespace, device: torch.device) -> Task:
    """The task that the options ask for."""
    return _of_zeroscope(options, device) if options.network == "zeroscope" else _of_base(options, device)


def _of_base(options: argparse.Namespace, device: torch.device) -> Task:
    dtype = precision.resolve_base_dtype(options.base_dtype, device)
    defaults = read_base_model(options.base.name, options.base).training
    stated = VideoSize(defaults["num_frames"], defaults["height"], defaults["width"])
    return Task(
        name=options.network,
        bundle=unet3d.load(options.base, device=device, dtype=dtype),
        fresh_network=lambda: reference.load_network(options.base, device, dtype),
        size=VideoSize(*options.size) if options.size else stated,
        recipe=defaults | {"alpha": defaults["rank"], "spatial_path": "none"},
        dtype=precision.resolve_compute_dtype(options.compute_dtype, device),
        num_steps=options.num_steps,
    )


def _of_zeroscope(options: argparse.Namespace, device: torch.device) -> Task:
    dtype = precision.resolve_base_dtype(options.base_dtype, device)
    return Task(
        name=options.network,
        bundle=reference.random_bundle(device, dtype),
        fresh_network=lambda: reference.random_network(device, dtype),
        size=VideoSize(*(options.size or (16, 384, 384))),
        recipe={
            "rank": 32,
            "alpha": 32,
            "learning_rate": 5e-4,
            "batch_size": 1,
            "dropout": 0.1,
            "spatial_path": "none",
        },
        dtype=precision.resolve_compute_dtype(options.compute_dtype, device),
        num_steps=options.num_steps,
    )
