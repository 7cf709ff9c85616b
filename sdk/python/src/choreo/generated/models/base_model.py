from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.base_model_family import BaseModelFamily, check_base_model_family
from ..models.base_model_readiness import BaseModelReadiness, check_base_model_readiness
from ..models.base_model_samplers_item import (
    BaseModelSamplersItem,
    check_base_model_samplers_item,
)

if TYPE_CHECKING:
    from ..models.base_model_generation_defaults import BaseModelGenerationDefaults
    from ..models.base_model_limits import BaseModelLimits
    from ..models.base_model_training_defaults import BaseModelTrainingDefaults
    from ..models.vocabulary import Vocabulary


T = TypeVar("T", bound="BaseModel")


@_attrs_define
class BaseModel:
    """A base model: a pretrained text-to-video model, and the defaults of the jobs on it.

    Attributes:
        id (str): Id of the base model.
        family (BaseModelFamily): Family of the base model (docs/families.md).
        revision (str): Revision of the base model.
        limits (BaseModelLimits): Video sizes that a base model supports.
        supports_highway (bool): Whether its architecture supports the Appearance Highway.
        supports_spatial_path (bool): Whether its trainings may have another `spatial_path` than `none`.
        samplers (list[BaseModelSamplersItem]): Values of `scheduler` that it supports.
        readiness (BaseModelReadiness): `warm`: a worker has it in memory; `cold`: a worker must load it first;
            `unserved`: no worker takes jobs on it now.
        training_defaults (BaseModelTrainingDefaults): Value of each `TrainingRecipeRequest` field that a request omits.
        generation_defaults (BaseModelGenerationDefaults): Value of each field that a `GenerationRequest` or an
            `EvaluationRequest` omits.
        vocabulary (None | Vocabulary): What it can draw; null for a base model that was trained on open language. A
            prompt with another word gives the job a warning.
    """

    id: str
    family: BaseModelFamily
    revision: str
    limits: BaseModelLimits
    supports_highway: bool
    supports_spatial_path: bool
    samplers: list[BaseModelSamplersItem]
    readiness: BaseModelReadiness
    training_defaults: BaseModelTrainingDefaults
    generation_defaults: BaseModelGenerationDefaults
    vocabulary: None | Vocabulary
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.vocabulary import Vocabulary  # noqa: PLC0415

        id = self.id

        family: str = self.family

        revision = self.revision

        limits = self.limits.to_dict()

        supports_highway = self.supports_highway

        supports_spatial_path = self.supports_spatial_path

        samplers = []
        for samplers_item_data in self.samplers:
            samplers_item: str = samplers_item_data
            samplers.append(samplers_item)

        readiness: str = self.readiness

        training_defaults = self.training_defaults.to_dict()

        generation_defaults = self.generation_defaults.to_dict()

        vocabulary: dict[str, Any] | None
        if isinstance(self.vocabulary, Vocabulary):
            vocabulary = self.vocabulary.to_dict()
        else:
            vocabulary = self.vocabulary

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "family": family,
                "revision": revision,
                "limits": limits,
                "supports_highway": supports_highway,
                "supports_spatial_path": supports_spatial_path,
                "samplers": samplers,
                "readiness": readiness,
                "training_defaults": training_defaults,
                "generation_defaults": generation_defaults,
                "vocabulary": vocabulary,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.base_model_generation_defaults import BaseModelGenerationDefaults  # noqa: PLC0415
        from ..models.base_model_limits import BaseModelLimits  # noqa: PLC0415
        from ..models.base_model_training_defaults import BaseModelTrainingDefaults  # noqa: PLC0415
        from ..models.vocabulary import Vocabulary  # noqa: PLC0415

        d = {**src_dict}
        id = d.pop("id")
        if not isinstance(id, str):
            raise TypeError(f"id is {type(id).__name__}")

        family = check_base_model_family(d.pop("family"))

        revision = d.pop("revision")
        if not isinstance(revision, str):
            raise TypeError(f"revision is {type(revision).__name__}")

        limits = BaseModelLimits.from_dict(d.pop("limits"))

        supports_highway = d.pop("supports_highway")
        if not isinstance(supports_highway, bool):
            raise TypeError(f"supports_highway is {type(supports_highway).__name__}")

        supports_spatial_path = d.pop("supports_spatial_path")
        if not isinstance(supports_spatial_path, bool):
            raise TypeError(f"supports_spatial_path is {type(supports_spatial_path).__name__}")

        samplers = []
        _samplers = d.pop("samplers")
        if not isinstance(_samplers, list):
            raise TypeError(f"samplers is {type(_samplers).__name__}")
        for samplers_item_data in _samplers:
            samplers_item = check_base_model_samplers_item(samplers_item_data)

            samplers.append(samplers_item)

        readiness = check_base_model_readiness(d.pop("readiness"))

        training_defaults = BaseModelTrainingDefaults.from_dict(d.pop("training_defaults"))

        generation_defaults = BaseModelGenerationDefaults.from_dict(d.pop("generation_defaults"))

        def _parse_vocabulary(data: object) -> None | Vocabulary:
            if data is None:
                return data
            if not isinstance(data, dict):
                raise TypeError(f"vocabulary is {type(data).__name__}")
            vocabulary_type_0 = Vocabulary.from_dict(data)

            return vocabulary_type_0

        vocabulary = _parse_vocabulary(d.pop("vocabulary"))

        base_model = cls(
            id=id,
            family=family,
            revision=revision,
            limits=limits,
            supports_highway=supports_highway,
            supports_spatial_path=supports_spatial_path,
            samplers=samplers,
            readiness=readiness,
            training_defaults=training_defaults,
            generation_defaults=generation_defaults,
            vocabulary=vocabulary,
        )

        additional_properties = {}
        for prop_name, prop_dict in d.items():
            additional = prop_dict
            additional_properties[prop_name] = additional

        base_model.additional_properties = additional_properties
        return base_model

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
