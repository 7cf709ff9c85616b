from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.metric_bounds import MetricBounds


T = TypeVar("T", bound="ConceptPatchQualityGateType0")


@_attrs_define
class ConceptPatchQualityGateType0:
    """Bounds by metric name that a version must meet before an alias may name it."""

    additional_properties: dict[str, MetricBounds] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:

        field_dict: dict[str, Any] = {}
        for prop_name, prop in self.additional_properties.items():
            field_dict[prop_name] = prop.to_dict()

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.metric_bounds import MetricBounds  # noqa: PLC0415

        d = {**src_dict}
        concept_patch_quality_gate_type_0 = cls()

        additional_properties = {}
        for prop_name, prop_dict in d.items():
            additional_property = MetricBounds.from_dict(prop_dict)

            additional_properties[prop_name] = additional_property

        concept_patch_quality_gate_type_0.additional_properties = additional_properties
        return concept_patch_quality_gate_type_0

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> MetricBounds:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: MetricBounds) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
