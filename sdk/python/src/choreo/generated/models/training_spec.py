from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.evaluation_settings import EvaluationSettings
    from ..models.training_clip import TrainingClip
    from ..models.training_recipe import TrainingRecipe


T = TypeVar("T", bound="TrainingSpec")


@_attrs_define
class TrainingSpec:
    """A training with every default resolved.

    Attributes:
        concept_id (str): Id of the concept.
        base_model (str): Id of the base model.
        clips (list[TrainingClip]): The reference clips.
        recipe (TrainingRecipe): Hyperparameters of a training. The defaults are those of the method's release
            (docs/method.md, section 5).
        evaluation (EvaluationSettings | None): Settings of the evaluation at the end; null for none.
    """

    concept_id: str
    base_model: str
    clips: list[TrainingClip]
    recipe: TrainingRecipe
    evaluation: EvaluationSettings | None
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.evaluation_settings import EvaluationSettings  # noqa: PLC0415

        concept_id = self.concept_id

        base_model = self.base_model

        clips = []
        for clips_item_data in self.clips:
            clips_item = clips_item_data.to_dict()
            clips.append(clips_item)

        recipe = self.recipe.to_dict()

        evaluation: dict[str, Any] | None
        if isinstance(self.evaluation, EvaluationSettings):
            evaluation = self.evaluation.to_dict()
        else:
            evaluation = self.evaluation

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "concept_id": concept_id,
                "base_model": base_model,
                "clips": clips,
                "recipe": recipe,
                "evaluation": evaluation,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.evaluation_settings import EvaluationSettings  # noqa: PLC0415
        from ..models.training_clip import TrainingClip  # noqa: PLC0415
        from ..models.training_recipe import TrainingRecipe  # noqa: PLC0415

        d = {**src_dict}
        concept_id = d.pop("concept_id")
        if not isinstance(concept_id, str):
            raise TypeError(f"concept_id is {type(concept_id).__name__}")

        base_model = d.pop("base_model")
        if not isinstance(base_model, str):
            raise TypeError(f"base_model is {type(base_model).__name__}")

        clips = []
        _clips = d.pop("clips")
        if not isinstance(_clips, list):
            raise TypeError(f"clips is {type(_clips).__name__}")
        for clips_item_data in _clips:
            clips_item = TrainingClip.from_dict(clips_item_data)

            clips.append(clips_item)

        recipe = TrainingRecipe.from_dict(d.pop("recipe"))

        def _parse_evaluation(data: object) -> EvaluationSettings | None:
            if data is None:
                return data
            if not isinstance(data, dict):
                raise TypeError(f"evaluation is {type(data).__name__}")
            evaluation_type_0 = EvaluationSettings.from_dict(data)

            return evaluation_type_0

        evaluation = _parse_evaluation(d.pop("evaluation"))

        training_spec = cls(
            concept_id=concept_id,
            base_model=base_model,
            clips=clips,
            recipe=recipe,
            evaluation=evaluation,
        )

        additional_properties = {}
        for prop_name, prop_dict in d.items():
            additional = prop_dict
            additional_properties[prop_name] = additional

        training_spec.additional_properties = additional_properties
        return training_spec

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
