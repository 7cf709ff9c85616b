from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.concept_create_metadata import ConceptCreateMetadata


T = TypeVar("T", bound="ConceptCreate")


@_attrs_define
class ConceptCreate:
    """A new, empty concept.

    Attributes:
        name (str):
        description (str | Unset):  Default: ''.
        metadata (ConceptCreateMetadata | Unset): Up to 16 pairs of strings that the service keeps and gives back.
    """

    name: str
    description: str | Unset = ""
    metadata: ConceptCreateMetadata | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        name = self.name

        description = self.description

        metadata: dict[str, Any] | Unset = UNSET
        if not isinstance(self.metadata, Unset):
            metadata = self.metadata.to_dict()

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

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.concept_create_metadata import ConceptCreateMetadata  # noqa: PLC0415

        d = dict(src_dict)
        name = d.pop("name")

        description = d.pop("description", UNSET)

        _metadata = d.pop("metadata", UNSET)
        metadata: ConceptCreateMetadata | Unset
        if isinstance(_metadata, Unset):
            metadata = UNSET
        else:
            metadata = ConceptCreateMetadata.from_dict(_metadata)

        concept_create = cls(
            name=name,
            description=description,
            metadata=metadata,
        )

        return concept_create
