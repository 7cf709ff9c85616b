from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

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

    def to_dict(self) -> dict[str, Any]:
        clips_bytes = self.clips_bytes

        versions_bytes = self.versions_bytes

        generations_bytes = self.generations_bytes

        evaluations_bytes = self.evaluations_bytes

        previews_bytes = self.previews_bytes

        total_bytes = self.total_bytes

        field_dict: dict[str, Any] = {}

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
        d = dict(src_dict)
        clips_bytes = d.pop("clips_bytes")

        versions_bytes = d.pop("versions_bytes")

        generations_bytes = d.pop("generations_bytes")

        evaluations_bytes = d.pop("evaluations_bytes")

        previews_bytes = d.pop("previews_bytes")

        total_bytes = d.pop("total_bytes")

        storage_usage = cls(
            clips_bytes=clips_bytes,
            versions_bytes=versions_bytes,
            generations_bytes=generations_bytes,
            evaluations_bytes=evaluations_bytes,
            previews_bytes=previews_bytes,
            total_bytes=total_bytes,
        )

        return storage_usage
