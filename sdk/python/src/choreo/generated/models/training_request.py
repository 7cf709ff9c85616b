from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.deadlines import Deadlines
    from ..models.training_clip import TrainingClip
    from ..models.training_recipe_request import TrainingRecipeRequest
    from ..models.training_request_metadata import TrainingRequestMetadata


T = TypeVar("T", bound="TrainingRequest")


@_attrs_define
class TrainingRequest:
    """Request for a training: an adapter for the motion of one or a few clips.

    Attributes:
        concept (str): Id of the concept. A training that succeeds adds a version to it.
        clips (list[TrainingClip]): The reference clips.
        webhook_url (None | str | Unset): URL that receives this job's webhooks, in addition to the registered
            endpoints. Default: none.
        metadata (TrainingRequestMetadata | Unset): Up to 16 key-value pairs of strings. The service stores them and
            returns them unchanged.
        priority (int | Unset): Priority among this tenant's own jobs of the same queue: a higher one starts first.
            Default: 0.
        deadlines (Deadlines | Unset): Deadlines of a job. A job that misses one fails with `start_by_missed` or
            `finish_by_missed`.
        keep_days (float | None | Unset): Days after its end after which the job is deleted with its files. The tenant's
            `keep_jobs_days` applies if it is shorter. Default: the tenant's `keep_jobs_days`.
        base_model (None | str | Unset): Id of the base model. Default: the service's first base model.
        recipe (TrainingRecipeRequest | Unset): Hyperparameters of a training in a request. An omitted field has the
            base model's default.
        evaluate (bool | Unset): Whether the training ends with a short evaluation, which gives the version metrics and
            previews. Default: True.
        evaluation_prompts (list[str] | None | Unset): Prompts of that evaluation. Default: as in an evaluation, at most
            three.
    """

    concept: str
    clips: list[TrainingClip]
    webhook_url: None | str | Unset = UNSET
    metadata: TrainingRequestMetadata | Unset = UNSET
    priority: int | Unset = 0
    deadlines: Deadlines | Unset = UNSET
    keep_days: float | None | Unset = UNSET
    base_model: None | str | Unset = UNSET
    recipe: TrainingRecipeRequest | Unset = UNSET
    evaluate: bool | Unset = True
    evaluation_prompts: list[str] | None | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        concept = self.concept

        clips = []
        for clips_item_data in self.clips:
            clips_item = clips_item_data.to_dict()
            clips.append(clips_item)

        webhook_url: None | str | Unset
        if isinstance(self.webhook_url, Unset):
            webhook_url = UNSET
        else:
            webhook_url = self.webhook_url

        metadata: dict[str, Any] | Unset = UNSET
        if not isinstance(self.metadata, Unset):
            metadata = self.metadata.to_dict()

        priority = self.priority

        deadlines: dict[str, Any] | Unset = UNSET
        if not isinstance(self.deadlines, Unset):
            deadlines = self.deadlines.to_dict()

        keep_days: float | None | Unset
        if isinstance(self.keep_days, Unset):
            keep_days = UNSET
        else:
            keep_days = self.keep_days

        base_model: None | str | Unset
        if isinstance(self.base_model, Unset):
            base_model = UNSET
        else:
            base_model = self.base_model

        recipe: dict[str, Any] | Unset = UNSET
        if not isinstance(self.recipe, Unset):
            recipe = self.recipe.to_dict()

        evaluate = self.evaluate

        evaluation_prompts: list[str] | None | Unset
        if isinstance(self.evaluation_prompts, Unset):
            evaluation_prompts = UNSET
        elif isinstance(self.evaluation_prompts, list):
            evaluation_prompts = self.evaluation_prompts

        else:
            evaluation_prompts = self.evaluation_prompts

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "concept": concept,
                "clips": clips,
            }
        )
        if webhook_url is not UNSET:
            field_dict["webhook_url"] = webhook_url
        if metadata is not UNSET:
            field_dict["metadata"] = metadata
        if priority is not UNSET:
            field_dict["priority"] = priority
        if deadlines is not UNSET:
            field_dict["deadlines"] = deadlines
        if keep_days is not UNSET:
            field_dict["keep_days"] = keep_days
        if base_model is not UNSET:
            field_dict["base_model"] = base_model
        if recipe is not UNSET:
            field_dict["recipe"] = recipe
        if evaluate is not UNSET:
            field_dict["evaluate"] = evaluate
        if evaluation_prompts is not UNSET:
            field_dict["evaluation_prompts"] = evaluation_prompts

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.deadlines import Deadlines  # noqa: PLC0415
        from ..models.training_clip import TrainingClip  # noqa: PLC0415
        from ..models.training_recipe_request import TrainingRecipeRequest  # noqa: PLC0415
        from ..models.training_request_metadata import TrainingRequestMetadata  # noqa: PLC0415

        d = {**src_dict}
        concept = d.pop("concept")
        if not isinstance(concept, str):
            raise TypeError(f"concept is {type(concept).__name__}")

        clips = []
        _clips = d.pop("clips")
        if not isinstance(_clips, list):
            raise TypeError(f"clips is {type(_clips).__name__}")
        for clips_item_data in _clips:
            clips_item = TrainingClip.from_dict(clips_item_data)

            clips.append(clips_item)

        def _parse_webhook_url(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            webhook_url_type_0 = data
            if not isinstance(webhook_url_type_0, str):
                raise TypeError(f"webhook_url_type_0 is {type(webhook_url_type_0).__name__}")

            return webhook_url_type_0

        webhook_url = _parse_webhook_url(d.pop("webhook_url", UNSET))

        _metadata = d.pop("metadata", UNSET)
        metadata: TrainingRequestMetadata | Unset
        if isinstance(_metadata, Unset):
            metadata = UNSET
        else:
            metadata = TrainingRequestMetadata.from_dict(_metadata)

        priority = d.pop("priority", UNSET)
        if not isinstance(priority, int | Unset):
            raise TypeError(f"priority is {type(priority).__name__}")

        _deadlines = d.pop("deadlines", UNSET)
        deadlines: Deadlines | Unset
        if isinstance(_deadlines, Unset):
            deadlines = UNSET
        else:
            deadlines = Deadlines.from_dict(_deadlines)

        def _parse_keep_days(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            keep_days_type_0 = data
            if not isinstance(keep_days_type_0, int | float):
                raise TypeError(f"keep_days_type_0 is {type(keep_days_type_0).__name__}")

            return keep_days_type_0

        keep_days = _parse_keep_days(d.pop("keep_days", UNSET))

        def _parse_base_model(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            base_model_type_0 = data
            if not isinstance(base_model_type_0, str):
                raise TypeError(f"base_model_type_0 is {type(base_model_type_0).__name__}")

            return base_model_type_0

        base_model = _parse_base_model(d.pop("base_model", UNSET))

        _recipe = d.pop("recipe", UNSET)
        recipe: TrainingRecipeRequest | Unset
        if isinstance(_recipe, Unset):
            recipe = UNSET
        else:
            recipe = TrainingRecipeRequest.from_dict(_recipe)

        evaluate = d.pop("evaluate", UNSET)
        if not isinstance(evaluate, bool | Unset):
            raise TypeError(f"evaluate is {type(evaluate).__name__}")

        def _parse_evaluation_prompts(data: object) -> list[str] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            if not isinstance(data, list):
                raise TypeError(f"evaluation_prompts is {type(data).__name__}")
            evaluation_prompts_type_0 = []
            _evaluation_prompts_type_0 = data
            if not isinstance(_evaluation_prompts_type_0, list):
                raise TypeError(f"evaluation_prompts_type_0 is {type(_evaluation_prompts_type_0).__name__}")
            for evaluation_prompts_type_0_item_data in _evaluation_prompts_type_0:
                evaluation_prompts_type_0_item = evaluation_prompts_type_0_item_data
                if not isinstance(evaluation_prompts_type_0_item, str):
                    raise TypeError(
                        f"evaluation_prompts_type_0_item is {type(evaluation_prompts_type_0_item).__name__}"
                    )

                evaluation_prompts_type_0.append(evaluation_prompts_type_0_item)

            return evaluation_prompts_type_0

        evaluation_prompts = _parse_evaluation_prompts(d.pop("evaluation_prompts", UNSET))

        training_request = cls(
            concept=concept,
            clips=clips,
            webhook_url=webhook_url,
            metadata=metadata,
            priority=priority,
            deadlines=deadlines,
            keep_days=keep_days,
            base_model=base_model,
            recipe=recipe,
            evaluate=evaluate,
            evaluation_prompts=evaluation_prompts,
        )

        return training_request
