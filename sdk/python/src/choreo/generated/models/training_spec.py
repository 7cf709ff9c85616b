from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.training_clip import TrainingClip
    from ..models.training_recipe import TrainingRecipe
    from ..models.trial import Trial


T = TypeVar("T", bound="TrainingSpec")


@_attrs_define
class TrainingSpec:
    """A training with every default resolved: what the engine runs.

    Attributes:
        concept_id (str):
        base_model (str):
        clips (list[TrainingClip]):
        recipe (TrainingRecipe): How an adapter is trained, with nothing left open. Sizes in pixels, `fps` in frames a
            second.
        evaluation (None | Trial | Unset): What it performs at its end; null: nothing.
    """

    concept_id: str
    base_model: str
    clips: list[TrainingClip]
    recipe: TrainingRecipe
    evaluation: None | Trial | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        from ..models.trial import Trial  # noqa: PLC0415

        concept_id = self.concept_id

        base_model = self.base_model

        clips = []
        for clips_item_data in self.clips:
            clips_item = clips_item_data.to_dict()
            clips.append(clips_item)

        recipe = self.recipe.to_dict()

        evaluation: dict[str, Any] | None | Unset
        if isinstance(self.evaluation, Unset):
            evaluation = UNSET
        elif isinstance(self.evaluation, Trial):
            evaluation = self.evaluation.to_dict()
        else:
            evaluation = self.evaluation

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "concept_id": concept_id,
                "base_model": base_model,
                "clips": clips,
                "recipe": recipe,
            }
        )
        if evaluation is not UNSET:
            field_dict["evaluation"] = evaluation

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.training_clip import TrainingClip  # noqa: PLC0415
        from ..models.training_recipe import TrainingRecipe  # noqa: PLC0415
        from ..models.trial import Trial  # noqa: PLC0415

        d = dict(src_dict)
        concept_id = d.pop("concept_id")

        base_model = d.pop("base_model")

        clips = []
        _clips = d.pop("clips")
        for clips_item_data in _clips:
            clips_item = TrainingClip.from_dict(clips_item_data)

            clips.append(clips_item)

        recipe = TrainingRecipe.from_dict(d.pop("recipe"))

        def _parse_evaluation(data: object) -> None | Trial | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                evaluation_type_0 = Trial.from_dict(data)

                return evaluation_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Trial | Unset, data)

        evaluation = _parse_evaluation(d.pop("evaluation", UNSET))

        training_spec = cls(
            concept_id=concept_id,
            base_model=base_model,
            clips=clips,
            recipe=recipe,
            evaluation=evaluation,
        )

        return training_spec
