from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.artifact import Artifact
    from ..models.base_model_revision import BaseModelRevision
    from ..models.concept_version_metrics import ConceptVersionMetrics
    from ..models.training_recipe import TrainingRecipe
    from ..models.version_clip import VersionClip


T = TypeVar("T", bound="ConceptVersion")


@_attrs_define
class ConceptVersion:
    """A version of a concept: a trained adapter. It is immutable.

    Attributes:
        concept_id (str): Id of the concept.
        version (int): Number of the version, from 1.
        job_id (str): Id of the training that made it.
        adapter (Artifact): A file in object storage. Each GET of the resource signs a new URL.
        previews (list[Artifact]): Videos of the evaluation at the end of the training.
        artifacts (list[Artifact]): All of its files.
        base_model (BaseModelRevision): The exact base model that a version was trained on.
        recipe (TrainingRecipe): Hyperparameters of a training. The defaults are those of the method's release
            (docs/method.md, section 5).
        seed (int): Seed of the random number generators.
        clips (list[VersionClip]): The clips that it was trained on.
        metrics (ConceptVersionMetrics): Measured values by metric name (docs/evaluation.md); null for a value that is
            not finite.
        created_at (datetime.datetime): Time at which it was created.
        adapter_config (Artifact | None | Unset): Configuration of the adapter for peft: `adapter_config.json` beside
            `adapter_model.safetensors`, the adapter, in a folder for `PeftModel.from_pretrained`. Null for a version
            without it.
    """

    concept_id: str
    version: int
    job_id: str
    adapter: Artifact
    previews: list[Artifact]
    artifacts: list[Artifact]
    base_model: BaseModelRevision
    recipe: TrainingRecipe
    seed: int
    clips: list[VersionClip]
    metrics: ConceptVersionMetrics
    created_at: datetime.datetime
    adapter_config: Artifact | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.artifact import Artifact  # noqa: PLC0415

        concept_id = self.concept_id

        version = self.version

        job_id = self.job_id

        adapter = self.adapter.to_dict()

        previews = []
        for previews_item_data in self.previews:
            previews_item = previews_item_data.to_dict()
            previews.append(previews_item)

        artifacts = []
        for artifacts_item_data in self.artifacts:
            artifacts_item = artifacts_item_data.to_dict()
            artifacts.append(artifacts_item)

        base_model = self.base_model.to_dict()

        recipe = self.recipe.to_dict()

        seed = self.seed

        clips = []
        for clips_item_data in self.clips:
            clips_item = clips_item_data.to_dict()
            clips.append(clips_item)

        metrics = self.metrics.to_dict()

        created_at = self.created_at.isoformat()

        adapter_config: dict[str, Any] | None | Unset
        if isinstance(self.adapter_config, Unset):
            adapter_config = UNSET
        elif isinstance(self.adapter_config, Artifact):
            adapter_config = self.adapter_config.to_dict()
        else:
            adapter_config = self.adapter_config

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "concept_id": concept_id,
                "version": version,
                "job_id": job_id,
                "adapter": adapter,
                "previews": previews,
                "artifacts": artifacts,
                "base_model": base_model,
                "recipe": recipe,
                "seed": seed,
                "clips": clips,
                "metrics": metrics,
                "created_at": created_at,
            }
        )
        if adapter_config is not UNSET:
            field_dict["adapter_config"] = adapter_config

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.artifact import Artifact  # noqa: PLC0415
        from ..models.base_model_revision import BaseModelRevision  # noqa: PLC0415
        from ..models.concept_version_metrics import ConceptVersionMetrics  # noqa: PLC0415
        from ..models.training_recipe import TrainingRecipe  # noqa: PLC0415
        from ..models.version_clip import VersionClip  # noqa: PLC0415

        d = {**src_dict}
        concept_id = d.pop("concept_id")
        if not isinstance(concept_id, str):
            raise TypeError(f"concept_id is {type(concept_id).__name__}")

        version = d.pop("version")
        if not isinstance(version, int):
            raise TypeError(f"version is {type(version).__name__}")

        job_id = d.pop("job_id")
        if not isinstance(job_id, str):
            raise TypeError(f"job_id is {type(job_id).__name__}")

        adapter = Artifact.from_dict(d.pop("adapter"))

        previews = []
        _previews = d.pop("previews")
        if not isinstance(_previews, list):
            raise TypeError(f"previews is {type(_previews).__name__}")
        for previews_item_data in _previews:
            previews_item = Artifact.from_dict(previews_item_data)

            previews.append(previews_item)

        artifacts = []
        _artifacts = d.pop("artifacts")
        if not isinstance(_artifacts, list):
            raise TypeError(f"artifacts is {type(_artifacts).__name__}")
        for artifacts_item_data in _artifacts:
            artifacts_item = Artifact.from_dict(artifacts_item_data)

            artifacts.append(artifacts_item)

        base_model = BaseModelRevision.from_dict(d.pop("base_model"))

        recipe = TrainingRecipe.from_dict(d.pop("recipe"))

        seed = d.pop("seed")
        if not isinstance(seed, int):
            raise TypeError(f"seed is {type(seed).__name__}")

        clips = []
        _clips = d.pop("clips")
        if not isinstance(_clips, list):
            raise TypeError(f"clips is {type(_clips).__name__}")
        for clips_item_data in _clips:
            clips_item = VersionClip.from_dict(clips_item_data)

            clips.append(clips_item)

        metrics = ConceptVersionMetrics.from_dict(d.pop("metrics"))

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        def _parse_adapter_config(data: object) -> Artifact | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            if not isinstance(data, dict):
                raise TypeError(f"adapter_config is {type(data).__name__}")
            adapter_config_type_0 = Artifact.from_dict(data)

            return adapter_config_type_0

        adapter_config = _parse_adapter_config(d.pop("adapter_config", UNSET))

        concept_version = cls(
            concept_id=concept_id,
            version=version,
            job_id=job_id,
            adapter=adapter,
            previews=previews,
            artifacts=artifacts,
            base_model=base_model,
            recipe=recipe,
            seed=seed,
            clips=clips,
            metrics=metrics,
            created_at=created_at,
            adapter_config=adapter_config,
        )

        additional_properties = {}
        for prop_name, prop_dict in d.items():
            additional = prop_dict
            additional_properties[prop_name] = additional

        concept_version.additional_properties = additional_properties
        return concept_version

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
