from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="ConceptVersionRef")


@_attrs_define
class ConceptVersionRef:
    """Reference to one version of a concept.

    Attributes:
        concept_id (str): Id of the concept.
        version (int): Number of the version.
    """

    concept_id: str
    version: int
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        concept_id = self.concept_id

        version = self.version

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "concept_id": concept_id,
                "version": version,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = {**src_dict}
        concept_id = d.pop("concept_id")
        if not isinstance(concept_id, str):
            raise TypeError(f"concept_id is {type(concept_id).__name__}")

        version = d.pop("version")
        if not isinstance(version, int):
            raise TypeError(f"version is {type(version).__name__}")

        concept_version_ref = cls(
            concept_id=concept_id,
            version=version,
        )

        additional_properties = {}
        for prop_name, prop_dict in d.items():
            additional = prop_dict
            additional_properties[prop_name] = additional

        concept_version_ref.additional_properties = additional_properties
        return concept_version_ref

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
