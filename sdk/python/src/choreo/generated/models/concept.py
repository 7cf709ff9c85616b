from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.concept_aliases import ConceptAliases
    from ..models.concept_metadata import ConceptMetadata
    from ..models.concept_quality_gate import ConceptQualityGate


T = TypeVar("T", bound="Concept")


@_attrs_define
class Concept:
    """A motion concept. Its versions are adapters that generate its motion with any appearance.

    Attributes:
        id (str): Id of the concept.
        name (str): Name of the concept, for people.
        description (str): Description of the concept, for people.
        metadata (ConceptMetadata): Up to 16 key-value pairs of strings. The service stores them and returns them
            unchanged.
        latest_version (int | None): Number of its latest version; null without versions.
        quality_gate (ConceptQualityGate): Bounds by metric name that a version must meet before an alias may name it.
        aliases (ConceptAliases): Version numbers by alias. `latest` always names the latest version.
        created_at (datetime.datetime): Time at which it was created.
        updated_at (datetime.datetime): Time of the last change.
    """

    id: str
    name: str
    description: str
    metadata: ConceptMetadata
    latest_version: int | None
    quality_gate: ConceptQualityGate
    aliases: ConceptAliases
    created_at: datetime.datetime
    updated_at: datetime.datetime
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        name = self.name

        description = self.description

        metadata = self.metadata.to_dict()

        latest_version: int | None
        latest_version = self.latest_version

        quality_gate = self.quality_gate.to_dict()

        aliases = self.aliases.to_dict()

        created_at = self.created_at.isoformat()

        updated_at = self.updated_at.isoformat()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "name": name,
                "description": description,
                "metadata": metadata,
                "latest_version": latest_version,
                "quality_gate": quality_gate,
                "aliases": aliases,
                "created_at": created_at,
                "updated_at": updated_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.concept_aliases import ConceptAliases  # noqa: PLC0415
        from ..models.concept_metadata import ConceptMetadata  # noqa: PLC0415
        from ..models.concept_quality_gate import ConceptQualityGate  # noqa: PLC0415

        d = {**src_dict}
        id = d.pop("id")
        if not isinstance(id, str):
            raise TypeError(f"id is {type(id).__name__}")

        name = d.pop("name")
        if not isinstance(name, str):
            raise TypeError(f"name is {type(name).__name__}")

        description = d.pop("description")
        if not isinstance(description, str):
            raise TypeError(f"description is {type(description).__name__}")

        metadata = ConceptMetadata.from_dict(d.pop("metadata"))

        def _parse_latest_version(data: object) -> int | None:
            if data is None:
                return data
            latest_version_type_0 = data
            if not isinstance(latest_version_type_0, int):
                raise TypeError(f"latest_version_type_0 is {type(latest_version_type_0).__name__}")

            return latest_version_type_0

        latest_version = _parse_latest_version(d.pop("latest_version"))

        quality_gate = ConceptQualityGate.from_dict(d.pop("quality_gate"))

        aliases = ConceptAliases.from_dict(d.pop("aliases"))

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        updated_at = datetime.datetime.fromisoformat(d.pop("updated_at"))

        concept = cls(
            id=id,
            name=name,
            description=description,
            metadata=metadata,
            latest_version=latest_version,
            quality_gate=quality_gate,
            aliases=aliases,
            created_at=created_at,
            updated_at=updated_at,
        )

        additional_properties = {}
        for prop_name, prop_dict in d.items():
            additional = prop_dict
            additional_properties[prop_name] = additional

        concept.additional_properties = additional_properties
        return concept

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
