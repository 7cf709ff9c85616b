from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.artifact import Artifact
    from ..models.base_model_stamp import BaseModelStamp
    from ..models.concept_version_metrics import ConceptVersionMetrics
    from ..models.training_recipe import TrainingRecipe
    from ..models.version_clip import VersionClip


T = TypeVar("T", bound="ConceptVersion")


@_attrs_define
class ConceptVersion:
    """One trained version; it never changes.

    Attributes:
        concept_id (str):
        version (int):
        job_id (str):
        adapter (Artifact): A file in storage, with a URL signed afresh by every GET.
        previews (list[Artifact]):
        artifacts (list[Artifact]):
        base_model (BaseModelStamp): Exactly which base model a version was trained on.
        recipe (TrainingRecipe): How an adapter is trained, with nothing left open. Sizes in pixels, `fps` in frames a
            second.
        seed (int):
        clips (list[VersionClip]):
        metrics (ConceptVersionMetrics):
        created_at (datetime.datetime):
    """

    concept_id: str
    version: int
    job_id: str
    adapter: Artifact
    previews: list[Artifact]
    artifacts: list[Artifact]
    base_model: BaseModelStamp
    recipe: TrainingRecipe
    seed: int
    clips: list[VersionClip]
    metrics: ConceptVersionMetrics
    created_at: datetime.datetime

    def to_dict(self) -> dict[str, Any]:
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

        field_dict: dict[str, Any] = {}

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

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.artifact import Artifact  # noqa: PLC0415
        from ..models.base_model_stamp import BaseModelStamp  # noqa: PLC0415
        from ..models.concept_version_metrics import ConceptVersionMetrics  # noqa: PLC0415
        from ..models.training_recipe import TrainingRecipe  # noqa: PLC0415
        from ..models.version_clip import VersionClip  # noqa: PLC0415

        d = dict(src_dict)
        concept_id = d.pop("concept_id")

        version = d.pop("version")

        job_id = d.pop("job_id")

        adapter = Artifact.from_dict(d.pop("adapter"))

        previews = []
        _previews = d.pop("previews")
        for previews_item_data in _previews:
            previews_item = Artifact.from_dict(previews_item_data)

            previews.append(previews_item)

        artifacts = []
        _artifacts = d.pop("artifacts")
        for artifacts_item_data in _artifacts:
            artifacts_item = Artifact.from_dict(artifacts_item_data)

            artifacts.append(artifacts_item)

        base_model = BaseModelStamp.from_dict(d.pop("base_model"))

        recipe = TrainingRecipe.from_dict(d.pop("recipe"))

        seed = d.pop("seed")

        clips = []
        _clips = d.pop("clips")
        for clips_item_data in _clips:
            clips_item = VersionClip.from_dict(clips_item_data)

            clips.append(clips_item)

        metrics = ConceptVersionMetrics.from_dict(d.pop("metrics"))

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

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
        )

        return concept_version
