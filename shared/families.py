"""The families of base models, without their weights: how to recognise them, what they support, and their defaults."""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from shared.schemas.common import Schema
from shared.schemas.forms import defaults_of
from shared.schemas.generation import GenerationSpec, SchedulerName
from shared.schemas.highway import Highway
from shared.schemas.training import TrainingRecipe

Family = Literal["unet3d", "animatediff", "wan"]

MOTION_ADAPTER = "motion_adapter"
"""Folder of the motion modules that turn an image model into a video model (AnimateDiff)."""


class Bounds(NamedTuple):
    """Accepted integers: from `least` to `greatest` in steps of `multiple`, counted from `least`."""

    least: int
    greatest: int
    multiple: int

    def accepts(self, value: int) -> bool:
        """Whether the value is one of them."""
        return self.least <= value <= self.greatest and (value - self.least) % self.multiple == 0

    def __str__(self) -> str:
        """The integers in words, for error messages."""
        return f"{self.least} to {self.greatest}" + (f" in steps of {self.multiple}" if self.multiple > 1 else "")


class Limits(Schema):
    """The numbers of frames, and the heights and widths in pixels, that a base model supports."""

    frames: Bounds = Bounds(1, 64, 1)
    size: Bounds = Bounds(64, 1024, 8)


class FamilyInfo(NamedTuple):
    """Properties of every base model of a family, and its defaults where a base model's `choreo.json` has none."""

    component: str
    """Name of the denoising network in `model_index.json`."""
    network: str
    """Class of the denoising network in diffusers."""
    supports_highway: bool
    """Whether the network has the U-Net skip connections of the Appearance Highway (docs/method.md, section 9)."""
    supports_spatial_path: bool
    """Whether the network has layers that process single frames, for a spatial path (docs/method.md, section 5)."""
    samplers: tuple[SchedulerName, ...]
    """The supported samplers, the default first."""
    limits: Limits
    training: Mapping[str, Any]
    """Default of each field of `TrainingRecipe` except `alpha` and `seed`."""
    generation: Mapping[str, Any]
    """Default of each field of `GenerationSpec` that has one, except `concept`."""


_TRAINING = defaults_of(TrainingRecipe)
_GENERATION = defaults_of(GenerationSpec, exclude={"concept"})
_DIFFUSION_SAMPLERS: tuple[SchedulerName, ...] = ("ddim", "dpmpp_2m", "unipc", "euler", "lcm")
_FLOW_SAMPLERS: tuple[SchedulerName, ...] = ("unipc", "euler")

FAMILIES: dict[Family, FamilyInfo] = {
    "unet3d": FamilyInfo(
        component="unet",
        network="UNet3DConditionModel",
        supports_highway=True,
        supports_spatial_path=True,
        samplers=_DIFFUSION_SAMPLERS,
        limits=Limits(),
        training=_TRAINING,
        generation=_GENERATION,
    ),
    "animatediff": FamilyInfo(
        component="unet",
        network="UNetMotionModel",
        supports_highway=True,
        supports_spatial_path=True,
        samplers=_DIFFUSION_SAMPLERS,
        limits=Limits(frames=Bounds(1, 32, 1)),
        training=_TRAINING | {"height": 512, "width": 512},
        generation=_GENERATION | {"height": 512, "width": 512, "guidance_scale": 7.5},
    ),
    "wan": FamilyInfo(
        component="transformer",
        network="WanTransformer3DModel",
        supports_highway=False,
        supports_spatial_path=False,
        samplers=_FLOW_SAMPLERS,
        limits=Limits(frames=Bounds(1, 121, 4), size=Bounds(64, 1280, 16)),
        training=_TRAINING | {"num_frames": 17, "height": 480, "width": 832, "fps": 16, "spatial_path": "none"},
        generation=_GENERATION
        | {
            "num_frames": 81, "height": 480, "width": 832, "fps": 16, "steps": 50, "guidance_scale": 5.0,
            "highway": Highway(mode="off").model_dump(), "scheduler": "unipc",
        },
    ),
}  # fmt: skip
"""Each family states what differs from the method's defaults, which are those of the schemas."""


class UnknownFamily(ValueError):
    """The folder's `model_index.json` names no supported network."""


def family_of(index: Mapping[str, Any], *, has_motion_adapter: bool) -> Family:
    """The family of a folder with this `model_index.json`, with or without motion modules in `motion_adapter/`.

    Raises UnknownFamily, whose message has the networks that were found and those that are supported.
    """
    for family, info in FAMILIES.items():
        if _class_of(index, info.component) == info.network:
            return family
    found = {name: _class_of(index, name) for name in sorted({info.component for info in FAMILIES.values()})}
    if found["unet"] == "UNet2DConditionModel":
        if has_motion_adapter:
            return "animatediff"
        raise UnknownFamily(
            "unet is a UNet2DConditionModel, which makes images: a MotionAdapter in "
            f"{MOTION_ADAPTER}/ would make it a base model of the family animatediff"
        )
    known = ", ".join(f"{info.component} {info.network} ({family})" for family, info in FAMILIES.items())
    named = " and ".join(f"{name} {found[name]}" for name in found if found[name]) or "no network"
    raise UnknownFamily(f"model_index.json names {named}; known: {known}")


def _class_of(index: Mapping[str, Any], component: str) -> str | None:
    """The class of a component. An entry is a pair of library and class, `[null, null]` for an absent component."""
    match index.get(component):
        case [_, str(name)]:
            return name
        case _:
            return None
