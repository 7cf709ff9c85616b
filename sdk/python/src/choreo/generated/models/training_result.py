from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.artifact import Artifact
    from ..models.training_result_metrics import TrainingResultMetrics


T = TypeVar("T", bound="TrainingResult")


@_attrs_define
class TrainingResult:
    """Result of a training: a version of its concept.

    Attributes:
        concept_id (str): Id of the concept.
        version (int): Number of the version.
        metrics (TrainingResultMetrics): Measured values by metric name (docs/evaluation.md); null for a value that is
            not finite.
        artifacts (list[Artifact]): All files of the result.
    """

    concept_id: str
    version: int
    metrics: TrainingResultMetrics
    artifacts: list[Artifact]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        concept_id = self.concept_id

        version = self.version

        metrics = self.metrics.to_dict()

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
                "artifacts": artifacts,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.artifact import Artifact  # noqa: PLC0415
        from ..models.training_result_metrics import TrainingResultMetrics  # noqa: PLC0415

        d = {**src_dict}
        concept_id = d.pop("concept_id")
        if not isinstance(concept_id, str):
            raise TypeError(f"concept_id is {type(concept_id).__name__}")

        version = d.pop("version")
        if not isinstance(version, int):
            raise TypeError(f"version is {type(version).__name__}")

        metrics = TrainingResultMetrics.from_dict(d.pop("metrics"))

        artifacts = []
        _artifacts = d.pop("artifacts")
        if not isinstance(_artifacts, list):
            raise TypeError(f"artifacts is {type(_artifacts).__name__}")
        for artifacts_item_data in _artifacts:
            artifacts_item = Artifact.from_dict(artifacts_item_data)

            artifacts.append(artifacts_item)

        training_result = cls(
            concept_id=concept_id,
            version=version,
            metrics=metrics,
            artifacts=artifacts,
        )

        additional_properties = {}
        for prop_name, prop_dict in d.items():
            additional = prop_dict
            additional_properties[prop_name] = additional

        training_result.additional_properties = additional_properties
        return training_result

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
