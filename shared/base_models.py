"""The catalogue of base models: limits and defaults of each, read from JSON files. Loads no weights."""

from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError

from shared import folder_defaults
from shared.errors import ConfigurationError, Invalid
from shared.evaluation_defaults import EvaluationDefaults
from shared.families import FAMILIES, MOTION_ADAPTER, Family, FamilyInfo, Limits, UnknownFamily, family_of
from shared.schemas.common import Schema
from shared.schemas.generation import GenerationRequest
from shared.schemas.submission import Submission
from shared.schemas.training import Preset, TrainingRecipeRequest
from shared.settings import Settings
from shared.vocabulary import Vocabulary

_NOT_A_DEFAULT = frozenset({"prompt", "concept", "base_model", *Submission.model_fields})
"""Fields of a `GenerationRequest` for which a base model must not have a default."""


class BaseModelInfo(Schema):
    """A base model of this service, as its `choreo.json` describes it."""

    id: str
    path: Annotated[Path, Field(exclude=True)]
    family: Family = "unet3d"
    revision: str = "unknown"
    limits: Limits = Limits()
    training_defaults: dict[str, Any] = Field(default_factory=dict[str, Any])
    preset_defaults: dict[Preset, dict[str, Any]] = Field(default_factory=dict[Preset, dict[str, Any]])
    generation_defaults: dict[str, Any] = Field(default_factory=dict[str, Any])
    evaluation_defaults: EvaluationDefaults = EvaluationDefaults()
    vocabulary: Vocabulary | None = None
    """What it can draw; None for a base model that was trained on open language."""

    @property
    def family_info(self) -> FamilyInfo:
        """Properties and defaults of the family."""
        return FAMILIES[self.family]

    @property
    def training(self) -> dict[str, Any]:
        """Default of each field of a `TrainingRecipe` except `alpha` and `seed`."""
        return {**self.family_info.training, **self.training_defaults}

    def training_with(self, preset: Preset | None) -> dict[str, Any]:
        """The same with a preset and that preset's own defaults. None selects the base model's default preset."""
        chosen: Preset = preset or self.training["preset"]
        return self.training | {"preset": chosen} | self.preset_defaults.get(chosen, {})

    @property
    def generation(self) -> dict[str, Any]:
        """Default of each field of a `GenerationSpec` except `prompt`, `concept`, `base_model` and `seed`."""
        return {**self.family_info.generation, **self.generation_defaults}


def load_catalogue(settings: Settings) -> dict[str, BaseModelInfo]:
    """The configured base models by id, in their order. Raises ConfigurationError for an invalid `choreo.json`."""
    return {id: read_base_model(id, folder) for id, folder in settings.base_models.items()}


def read_base_model(id: str, folder: Path) -> BaseModelInfo:
    """The base model in a folder: its `choreo.json`, completed by the defaults of the folder and of its family.

    The family is that of the networks in `model_index.json`; a folder without this file is taken for a `unet3d`, and
    loading it fails later. The size and the sampler that the folder states come before the family's. Raises
    ConfigurationError if one of the files is invalid or if they contradict each other.
    """
    card, found = folder / "choreo.json", _family_in(folder)
    try:
        stated = folder_defaults.read_json(card)
        info = BaseModelInfo.model_validate({"family": found or "unet3d"} | stated | {"id": id, "path": folder})
        info = _with_folder_defaults(info, stated)
        _check_defaults(info)
    except (ValidationError, ValueError) as error:
        raise ConfigurationError(f"{card}: {error}") from error
    if found and info.family != found:
        raise ConfigurationError(f"{card}: the family is {info.family!r}, but model_index.json says {found!r}")
    return info


def _family_in(folder: Path) -> Family | None:
    """The family that the folder's `model_index.json` implies; None without this file."""
    index = folder / "model_index.json"
    if not index.is_file():
        return None
    try:
        has_motion_adapter = (folder / MOTION_ADAPTER / "config.json").is_file()
        return family_of(folder_defaults.read_json(index), has_motion_adapter=has_motion_adapter)
    except UnknownFamily as error:
        raise ConfigurationError(f"{index}: {error}") from error


def _with_folder_defaults(info: BaseModelInfo, card: dict[str, Any]) -> BaseModelInfo:
    limits = folder_defaults.limits(info.path, info.family_info, card)
    size = folder_defaults.video_size(info.path, info.family_info, limits)
    rendering = size | folder_defaults.sampler(info.path, info.family_info)
    return info.model_copy(
        update={
            "limits": limits,
            "training_defaults": size | info.training_defaults,
            "generation_defaults": rendering | info.generation_defaults,
        }
    )


def find(catalogue: dict[str, BaseModelInfo], id: str | None, pointer: str = "/base_model") -> BaseModelInfo:
    """The base model with this id, or the first one for None. Raises Invalid at `pointer` for an unknown id."""
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
    if info.generation["scheduler"] not in info.family_info.samplers:
        raise ValueError(f"scheduler: {info.family} supports {', '.join(info.family_info.samplers)}")
    captions = info.evaluation_defaults.captions
    if info.vocabulary and captions not in (None, info.vocabulary.grammar):
        raise ValueError("evaluation_defaults.captions and vocabulary.grammar differ")
