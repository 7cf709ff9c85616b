"""The catalogue of base models: what each accepts and how it likes to be trained. Reads JSON only, never weights."""

import json
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import Field, ValidationError

from shared.errors import ConfigurationError, Invalid
from shared.schemas.common import Schema
from shared.schemas.generation import GenerationRequest
from shared.schemas.training import Preset, TrainingRecipeRequest
from shared.settings import Settings

Family = Literal["unet3d", "animatediff", "wan"]


class Bounds(NamedTuple):
    """The least and greatest value that is accepted, both a multiple of `multiple`."""

    least: int
    greatest: int
    multiple: int

    def accepts(self, value: int) -> bool:
        return self.least <= value <= self.greatest and value % self.multiple == 0

    @property
    def in_words(self) -> str:
        return f"{self.least} to {self.greatest}" + (f" in steps of {self.multiple}" if self.multiple > 1 else "")


class Limits(Schema):
    """What a base model can render; sizes in pixels."""

    frames: Bounds = Bounds(1, 64, 1)
    size: Bounds = Bounds(64, 1024, 8)


_RELEASE_TRAINING: dict[str, Any] = {
    "preset": "tap", "rank": 32, "learning_rate": 5e-4, "weight_decay": 1e-2, "steps": 1000, "batch_size": 1,
    "dropout": 0.1, "num_frames": 16, "height": 384, "width": 384, "fps": 8, "spatial_path": "shared",
    "spatial_probability": 0.8, "debias": True, "checkpoint_every": 200, "save_inverted_noise": False,
    "timestep_range": (0.0, 1.0),
}  # fmt: skip
_RELEASE_GENERATION: dict[str, Any] = {
    "num_frames": 16, "height": 384, "width": 384, "fps": 8, "steps": 30, "guidance_scale": 12.0, "adapter_scale": 1.0,
    "highway": {"mode": "release", "gain": 1.1}, "phase": 1.0, "noise_prior": 0.0, "scheduler": "ddim",
    "output_format": "mp4",
}  # fmt: skip
_NOT_A_DEFAULT = frozenset({"prompt", "concept", "base_model", "webhook_url", "metadata", "priority", "deadlines"})


class BaseModelInfo(Schema):
    """A base model that this service offers. Defaults it does not state are the method's release (METHOD 5 and 6)."""

    id: str
    path: Annotated[Path, Field(exclude=True)]
    family: Family = "unet3d"
    revision: str = "unknown"
    limits: Limits = Limits()
    training_defaults: dict[str, Any] = Field(default_factory=dict[str, Any])
    preset_defaults: dict[Preset, dict[str, Any]] = Field(default_factory=dict[Preset, dict[str, Any]])
    generation_defaults: dict[str, Any] = Field(default_factory=dict[str, Any])

    @property
    def training(self) -> dict[str, Any]:
        """Every default of a `TrainingRecipe` but its alpha and seed."""
        return _RELEASE_TRAINING | self.training_defaults

    def training_with(self, preset: Preset | None) -> dict[str, Any]:
        """The same for a chosen preset, which may have defaults of its own; None is the base model's own choice."""
        chosen: Preset = preset or self.training["preset"]
        return self.training | {"preset": chosen} | self.preset_defaults.get(chosen, {})

    @property
    def generation(self) -> dict[str, Any]:
        """Every default of a `GenerationSpec` but its prompt, concept and seed."""
        return _RELEASE_GENERATION | self.generation_defaults

    @property
    def takes_highway(self) -> bool:
        """Whether the network has the U-Net skips that the Appearance Highway moves (METHOD 9)."""
        return self.family != "wan"


def load_catalogue(settings: Settings) -> dict[str, BaseModelInfo]:
    """The configured base models, in order. Raises ConfigurationError for a `choreo.json` that is wrong."""
    return {id: read_base_model(id, folder) for id, folder in settings.base_models.items()}


def read_base_model(id: str, folder: Path) -> BaseModelInfo:
    """What `folder/choreo.json` says, or the release's defaults when there is none."""
    card = folder / "choreo.json"
    try:
        stated: dict[str, Any] = json.loads(card.read_text()) if card.is_file() else {}
        info = BaseModelInfo.model_validate(stated | {"id": id, "path": folder})
        _check_defaults(info)
    except (json.JSONDecodeError, ValidationError, ValueError) as error:
        raise ConfigurationError(f"{card}: {error}") from error
    return info


def find(catalogue: dict[str, BaseModelInfo], id: str | None, pointer: str = "/base_model") -> BaseModelInfo:
    """The base model `id`, or the first one for None. Raises Invalid."""
    if id is None and catalogue:
        return next(iter(catalogue.values()))
    if id not in catalogue:
        raise Invalid.at(pointer, "unknown_base_model", f"unknown base model {id!r}; known: {', '.join(catalogue)}")
    return catalogue[id]


def _check_defaults(info: BaseModelInfo) -> None:
    for preset in (None, *info.preset_defaults):
        TrainingRecipeRequest.model_validate(info.training_with(preset))
    unknown = _NOT_A_DEFAULT & info.generation_defaults.keys()
    if unknown:
        raise ValueError(f"not a generation default: {', '.join(sorted(unknown))}")
    GenerationRequest.model_validate(info.generation | {"prompt": "-"})
