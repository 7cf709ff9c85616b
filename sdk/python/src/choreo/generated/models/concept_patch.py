from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.concept_patch_metadata_type_0 import ConceptPatchMetadataType0
    from ..models.concept_patch_quality_gate_type_0 import ConceptPatchQualityGateType0


T = TypeVar("T", bound="ConceptPatch")


@_attrs_define
class ConceptPatch:
    """Changes of a concept. An omitted field keeps its value.

    Attributes:
        name (None | str | Unset): New name.
        description (None | str | Unset): New description.
        metadata (ConceptPatchMetadataType0 | None | Unset): New metadata, which replaces all of the present.
        quality_gate (ConceptPatchQualityGateType0 | None | Unset): New quality gate, which replaces the present one;
            `{}` removes it.
    """

    name: None | str | Unset = UNSET
    description: None | str | Unset = UNSET
    metadata: ConceptPatchMetadataType0 | None | Unset = UNSET
    quality_gate: ConceptPatchQualityGateType0 | None | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        from ..models.concept_patch_metadata_type_0 import ConceptPatchMetadataType0  # noqa: PLC0415
        from ..models.concept_patch_quality_gate_type_0 import (
            ConceptPatchQualityGateType0,  # noqa: PLC0415
        )

        name: None | str | Unset
        if isinstance(self.name, Unset):
            name = UNSET
        else:
            name = self.name

        description: None | str | Unset
        if isinstance(self.description, Unset):
            description = UNSET
        else:
            description = self.description

        metadata: dict[str, Any] | None | Unset
        if isinstance(self.metadata, Unset):
            metadata = UNSET
        elif isinstance(self.metadata, ConceptPatchMetadataType0):
            metadata = self.metadata.to_dict()
        else:
            metadata = self.metadata

        quality_gate: dict[str, Any] | None | Unset
        if isinstance(self.quality_gate, Unset):
            quality_gate = UNSET
        elif isinstance(self.quality_gate, ConceptPatchQualityGateType0):
            quality_gate = self.quality_gate.to_dict()
        else:
            quality_gate = self.quality_gate

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if name is not UNSET:
            field_dict["name"] = name
        if description is not UNSET:
            field_dict["description"] = description
        if metadata is not UNSET:
            field_dict["metadata"] = metadata
        if quality_gate is not UNSET:
            field_dict["quality_gate"] = quality_gate

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.concept_patch_metadata_type_0 import ConceptPatchMetadataType0  # noqa: PLC0415
        from ..models.concept_patch_quality_gate_type_0 import (
            ConceptPatchQualityGateType0,  # noqa: PLC0415
        )

        d = {**src_dict}

        def _parse_name(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            name_type_0 = data
            if not isinstance(name_type_0, str):
                raise TypeError(f"name_type_0 is {type(name_type_0).__name__}")

            return name_type_0

        name = _parse_name(d.pop("name", UNSET))

        def _parse_description(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            description_type_0 = data
            if not isinstance(description_type_0, str):
                raise TypeError(f"description_type_0 is {type(description_type_0).__name__}")

            return description_type_0

        description = _parse_description(d.pop("description", UNSET))

        def _parse_metadata(data: object) -> ConceptPatchMetadataType0 | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            if not isinstance(data, dict):
                raise TypeError(f"metadata is {type(data).__name__}")
            metadata_type_0 = ConceptPatchMetadataType0.from_dict(data)

            return metadata_type_0

        metadata = _parse_metadata(d.pop("metadata", UNSET))

        def _parse_quality_gate(data: object) -> ConceptPatchQualityGateType0 | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            if not isinstance(data, dict):
                raise TypeError(f"quality_gate is {type(data).__name__}")
            quality_gate_type_0 = ConceptPatchQualityGateType0.from_dict(data)

            return quality_gate_type_0

        quality_gate = _parse_quality_gate(d.pop("quality_gate", UNSET))

        concept_patch = cls(
            name=name,
            description=description,
            metadata=metadata,
            quality_gate=quality_gate,
        )

        return concept_patch
