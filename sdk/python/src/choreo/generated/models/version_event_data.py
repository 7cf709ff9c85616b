from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="VersionEventData")


@_attrs_define
class VersionEventData:
    """`data` of `concept.version.created`.

    Attributes:
        concept_id (str): Id of the concept.
        version (int): Number of the version.
        job_id (str): Id of the training that made the version.
    """

    concept_id: str
    version: int
    job_id: str

    def to_dict(self) -> dict[str, Any]:
        concept_id = self.concept_id

        version = self.version

        job_id = self.job_id

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "concept_id": concept_id,
                "version": version,
                "job_id": job_id,
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

        job_id = d.pop("job_id")
        if not isinstance(job_id, str):
            raise TypeError(f"job_id is {type(job_id).__name__}")

        version_event_data = cls(
            concept_id=concept_id,
            version=version,
            job_id=job_id,
        )

        return version_event_data
