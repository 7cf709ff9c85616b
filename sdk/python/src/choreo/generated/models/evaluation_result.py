from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.artifact import Artifact
    from ..models.evaluation_result_base_metrics import EvaluationResultBaseMetrics
    from ..models.evaluation_result_metrics import EvaluationResultMetrics
    from ..models.evaluation_result_not_measured import EvaluationResultNotMeasured


T = TypeVar("T", bound="EvaluationResult")


@_attrs_define
class EvaluationResult:
    """Result of an evaluation. Its artifact `report.json` has the scores of every video and how they were measured.

    Attributes:
        concept_id (str): Id of the concept.
        version (int): Number of the version.
        metrics (EvaluationResultMetrics): Measured values by metric name (docs/evaluation.md); null for a value that is
            not finite.
        base_metrics (EvaluationResultBaseMetrics): The same metrics of the base model without the adapter, with the
            same prompts and seeds.
        not_measured (EvaluationResultNotMeasured): Reasons by the name of each metric that could not be measured.
        previews (list[Artifact]): One video for each prompt, generated with the first seed.
        artifacts (list[Artifact]): All files of the result.
    """

    concept_id: str
    version: int
    metrics: EvaluationResultMetrics
    base_metrics: EvaluationResultBaseMetrics
    not_measured: EvaluationResultNotMeasured
    previews: list[Artifact]
    artifacts: list[Artifact]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        concept_id = self.concept_id

        version = self.version

        metrics = self.metrics.to_dict()

        base_metrics = self.base_metrics.to_dict()

        not_measured = self.not_measured.to_dict()

        previews = []
        for previews_item_data in self.previews:
            previews_item = previews_item_data.to_dict()
            previews.append(previews_item)

        artifacts = []
        for artifacts_item_data in self.artifacts:
            artifacts_item = artifacts_item_data.to_dict()
            artifacts.append(artifacts_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "concept_id": concept_id,
                "version": version,
                "metrics": metrics,
                "base_metrics": base_metrics,
                "not_measured": not_measured,
                "previews": previews,
                "artifacts": artifacts,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.artifact import Artifact  # noqa: PLC0415
        from ..models.evaluation_result_base_metrics import EvaluationResultBaseMetrics  # noqa: PLC0415
        from ..models.evaluation_result_metrics import EvaluationResultMetrics  # noqa: PLC0415
        from ..models.evaluation_result_not_measured import EvaluationResultNotMeasured  # noqa: PLC0415

        d = {**src_dict}
        concept_id = d.pop("concept_id")
        if not isinstance(concept_id, str):
            raise TypeError(f"concept_id is {type(concept_id).__name__}")

        version = d.pop("version")
        if not isinstance(version, int):
            raise TypeError(f"version is {type(version).__name__}")

        metrics = EvaluationResultMetrics.from_dict(d.pop("metrics"))

        base_metrics = EvaluationResultBaseMetrics.from_dict(d.pop("base_metrics"))

        not_measured = EvaluationResultNotMeasured.from_dict(d.pop("not_measured"))

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

        evaluation_result = cls(
            concept_id=concept_id,
            version=version,
            metrics=metrics,
            base_metrics=base_metrics,
            not_measured=not_measured,
            previews=previews,
            artifacts=artifacts,
        )

        additional_properties = {}
        for prop_name, prop_dict in d.items():
            additional = prop_dict
            additional_properties[prop_name] = additional

        evaluation_result.additional_properties = additional_properties
        return evaluation_result

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
