from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="StorageUsage")


@_attrs_define
class StorageUsage:
    """Bytes in object storage that can be downloaded now.

    Attributes:
        clips_bytes (int): Reference clips, in bytes.
        versions_bytes (int): Files of concept versions, in bytes.
        generations_bytes (int): Files of generations, in bytes.
        evaluations_bytes (int): Files of evaluations, in bytes.
        previews_bytes (int): Previews of running trainings, in bytes.
        total_bytes (int): Sum of the above, in bytes.
    """

    clips_bytes: int
    versions_bytes: int
    generations_bytes: int
    evaluations_bytes: int
    previews_bytes: int
    total_bytes: int
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        clips_bytes = self.clips_bytes

        versions_bytes = self.versions_bytes

        generations_bytes = self.generations_bytes

        evaluations_bytes = self.evaluations_bytes

        previews_bytes = self.previews_bytes

        total_bytes = self.total_bytes

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "clips_bytes": clips_bytes,
                "versions_bytes": versions_bytes,
                "generations_bytes": generations_bytes,
                "evaluations_bytes": evaluations_bytes,
                "previews_bytes": previews_bytes,
                "total_bytes": total_bytes,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = {**src_dict}
        clips_bytes = d.pop("clips_bytes")
        if not isinstance(clips_bytes, int):
            raise TypeError(f"clips_bytes is {type(clips_bytes).__name__}")

        versions_bytes = d.pop("versions_bytes")
        if not isinstance(versions_bytes, int):
            raise TypeError(f"versions_bytes is {type(versions_bytes).__name__}")

        generations_bytes = d.pop("generations_bytes")
        if not isinstance(generations_bytes, int):
            raise TypeError(f"generations_bytes is {type(generations_bytes).__name__}")

        evaluations_bytes = d.pop("evaluations_bytes")
        if not isinstance(evaluations_bytes, int):
            raise TypeError(f"evaluations_bytes is {type(evaluations_bytes).__name__}")

        previews_bytes = d.pop("previews_bytes")
        if not isinstance(previews_bytes, int):
            raise TypeError(f"previews_bytes is {type(previews_bytes).__name__}")

        total_bytes = d.pop("total_bytes")
        if not isinstance(total_bytes, int):
            raise TypeError(f"total_bytes is {type(total_bytes).__name__}")

        storage_usage = cls(
            clips_bytes=clips_bytes,
            versions_bytes=versions_bytes,
            generations_bytes=generations_bytes,
            evaluations_bytes=evaluations_bytes,
            previews_bytes=previews_bytes,
            total_bytes=total_bytes,
        )

        additional_properties = {}
        for prop_name, prop_dict in d.items():
            additional = prop_dict
            additional_properties[prop_name] = additional

        storage_usage.additional_properties = additional_properties
        return storage_usage

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
