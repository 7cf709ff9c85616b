"""The families of base models in plain facts, for whoever loads no weights: how to tell them, and what they take."""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from shared.schemas.common import Schema
from shared.schemas.generation import SchedulerName

Family = Literal["unet3d", "animatediff", "wan"]

MOTION_ADAPTER = "motion_adapter"
"""The folder of motion modules that make a video model of an image model."""


class Bounds(NamedTuple):
    """The least and greatest value that is accepted, and the steps between them, counted from the least."""

    least: int
    greatest: int
    multiple: int

    def accepts(self, value: int) -> bool:
        return self.least <= value <= self.greatest and (value - self.least) % self.multiple == 0

    @property
    def in_words(self) -> str:
        return f"{self.least} to {self.greatest}" + (f" in steps of {self.multiple}" if self.multiple > 1 else "")


class Limits(Schema):
    """What a base model can render; sizes in pixels."""

    frames: Bounds = Bounds(1, 64, 1)
    size: Bounds = Bounds(64, 1024, 8)


class FamilyFacts(NamedTuple):
    """What holds for every base of a family, and its defaults where a base's `choreo.json` states none."""

    component: str
    """The network's name in `model_index.json`, and below it its class."""
    network: str
    takes_highway: bool
    """Whether the network has the U-Net skips that the Appearance Highway moves (METHOD 9)."""
    takes_spatial_path: bool
    """Whether some layers see one frame alone, so that appearance can have adapters of its own (METHOD 5)."""
    scheduler: SchedulerName
    """The sampler."""
    limits: Limits
    training: Mapping[str, Any]
    generation: Mapping[str, Any]


_TRAINING: dict[str, Any] = {
    "preset": "tap", "rank": 32, "learning_rate": 5e-4, "weight_decay": 1e-2, "steps": 1000, "batch_size": 1,
    "dropout": 0.1, "num_frames": 16, "height": 384, "width": 384, "fps": 8, "spatial_path": "shared",
    "spatial_probability": 0.8, "caption_dropout": 0.0, "debias": True, "checkpoint_every": 200,
    "save_inverted_noise": False, "timestep_range": (0.0, 1.0), "highway": {"mode": "off", "gain": 1.1},
    "aspect_buckets": False, "horizontal_flip": False, "gradient_checkpointing": "auto",
}  # fmt: skip
_GENERATION: dict[str, Any] = {
    "num_frames": 16, "height": 384, "width": 384, "fps": 8, "steps": 30, "guidance_scale": 12.0, "adapter_scale": 1.0,
    "highway": {"mode": "release", "gain": 1.1}, "phase": 1.0, "noise_prior": 0.0, "scheduler": "ddim",
    "output_format": "mp4",
}  # fmt: skip
"""The method's release (METHOD 5 and 6); the other families change what their networks were not trained for."""

FAMILIES: dict[Family, FamilyFacts] = {
    "unet3d": FamilyFacts(
        component="unet",
        network="UNet3DConditionModel",
        takes_highway=True,
        takes_spatial_path=True,
        scheduler="ddim",
        limits=Limits(),
        training=_TRAINING,
        generation=_GENERATION,
    ),
    "animatediff": FamilyFacts(
        component="unet",
        network="UNetMotionModel",
        takes_highway=True,
        takes_spatial_path=True,
        scheduler="ddim",
        limits=Limits(frames=Bounds(1, 32, 1)),
        training=_TRAINING | {"height": 512, "width": 512},
        generation=_GENERATION | {"height": 512, "width": 512, "guidance_scale": 7.5},
    ),
    "wan": FamilyFacts(
        component="transformer",
        network="WanTransformer3DModel",
        takes_highway=False,
        takes_spatial_path=False,
        scheduler="unipc",
        limits=Limits(frames=Bounds(1, 121, 4), size=Bounds(64, 1280, 16)),
        training=_TRAINING | {"num_frames": 17, "height": 480, "width": 832, "fps": 16, "spatial_path": "none"},
        generation=_GENERATION
        | {
            "num_frames": 81, "height": 480, "width": 832, "fps": 16, "steps": 50, "guidance_scale": 5.0,
            "highway": {"mode": "off", "gain": 1.1}, "scheduler": "unipc",
        },
    ),
}  # fmt: skip


class UnknownFamily(ValueError):
    """A folder's `model_index.json` names no network that is run here."""


def family_of(index: Mapping[str, Any], *, has_motion_adapter: bool) -> Family:
    """The family of a folder with this `model_index.json`; motion modules may lie in `motion_adapter/` beside it.

    Raises UnknownFamily, which says what was found and what would be known.
    """
    for family, facts in FAMILIES.items():
        if _class_of(index, facts.component) == facts.network:
            return family
    found = {name: _class_of(index, name) for name in sorted({facts.component for facts in FAMILIES.values()})}
    if found["unet"] == "UNet2DConditionModel":
        if has_motion_adapter:
            return "animatediff"
        raise UnknownFamily(
            "unet is a UNet2DConditionModel, which makes images: a MotionAdapter in "
            f"{MOTION_ADAPTER}/ would make a base of the animatediff family of it"
        )
    known = ", ".join(f"{facts.component} {facts.network} ({family})" for family, facts in FAMILIES.items())
    stated = " and ".join(f"{name} {found[name]}" for name in found if found[name]) or "no network"
    raise UnknownFamily(f"model_index.json names {stated}; known: {known}")


def _class_of(index: Mapping[str, Any], component: str) -> str | None:
    """The class beside the component's library: entries are pairs, `[null, null]` for what is left out."""
    match index.get(component):
        case [_, str(name)]:
            return name
        case _:
            return None
