from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.concept_create_metadata import ConceptCreateMetadata
    from ..models.concept_create_quality_gate import ConceptCreateQualityGate


T = TypeVar("T", bound="ConceptCreate")


@_attrs_define
class ConceptCreate:
    """Request for a new concept without versions.

    Attributes:
        name (str): Name of the concept, for people.
        description (str | Unset): Description of the concept, for people. Default: ''.
        metadata (ConceptCreateMetadata | Unset): Up to 16 key-value pairs of strings. The service stores them and
            returns them unchanged.
        quality_gate (ConceptCreateQualityGate | Unset): Bounds by metric name that a version must meet before an alias
            may name it.
    """

    name: str
    description: str | Unset = ""
    metadata: ConceptCreateMetadata | Unset = UNSET
    quality_gate: ConceptCreateQualityGate | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        name = self.name

        description = self.description

        metadata: dict[str, Any] | Unset = UNSET
        if not isinstance(self.metadata, Unset):
            metadata = self.metadata.to_dict()

        quality_gate: dict[str, Any] | Unset = UNSET
        if not isinstance(self.quality_gate, Unset):
            quality_gate = self.quality_gate.to_dict()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "name": name,
            }
        )
        if description is not UNSET:
            field_dict["description"] = description
        if metadata is not UNSET:
            field_dict["metadata"] = metadata
        if quality_gate is not UNSET:
            field_dict["quality_gate"] = quality_gate

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.concept_create_metadata import ConceptCreateMetadata  # noqa: PLC0415
        from ..models.concept_create_quality_gate import ConceptCreateQualityGate  # noqa: PLC0415

        d = {**src_dict}
        name = d.pop("name")
        if not isinstance(name, str):
            raise TypeError(f"name is {type(name).__name__}")

        description = d.pop("description", UNSET)
        if not isinstance(description, str | Unset):
            raise TypeError(f"description is {type(description).__name__}")

        _metadata = d.pop("metadata", UNSET)
        metadata: ConceptCreateMetadata | Unset
        if isinstance(_metadata, Unset):
            metadata = UNSET
        else:
            metadata = ConceptCreateMetadata.from_dict(_metadata)

        _quality_gate = d.pop("quality_gate", UNSET)
        quality_gate: ConceptCreateQualityGate | Unset
        if isinstance(_quality_gate, Unset):
            quality_gate = UNSET
        else:
            quality_gate = ConceptCreateQualityGate.from_dict(_quality_gate)

        concept_create = cls(
            name=name,
            description=description,
            metadata=metadata,
            quality_gate=quality_gate,
        )

        return concept_create
