from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

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

    def to_dict(self) -> dict[str, Any]:
        concept_id = self.concept_id

        version = self.version

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "concept_id": concept_id,
                "version": version,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        concept_id = d.pop("concept_id")

        version = d.pop("version")

        concept_version_ref = cls(
            concept_id=concept_id,
            version=version,
        )

        return concept_version_ref
