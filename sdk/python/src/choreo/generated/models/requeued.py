from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="Requeued")


@_attrs_define
class Requeued:
    """A dead letter that was queued again.

    Attributes:
        id (str): Id of the dead letter: of the job, of the webhook delivery, or of the outbox row.
        job_id (None | str): Id of the new job that retries a failed one; null for other kinds. The failed job stays
            failed.
    """

    id: str
    job_id: None | str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        job_id: None | str
        job_id = self.job_id

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "job_id": job_id,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = {**src_dict}
        id = d.pop("id")
        if not isinstance(id, str):
            raise TypeError(f"id is {type(id).__name__}")

        def _parse_job_id(data: object) -> None | str:
            if data is None:
                return data
            job_id_type_0 = data
            if not isinstance(job_id_type_0, str):
                raise TypeError(f"job_id_type_0 is {type(job_id_type_0).__name__}")

            return job_id_type_0

        job_id = _parse_job_id(d.pop("job_id"))

        requeued = cls(
            id=id,
            job_id=job_id,
        )

        additional_properties = {}
        for prop_name, prop_dict in d.items():
            additional = prop_dict
            additional_properties[prop_name] = additional

        requeued.additional_properties = additional_properties
        return requeued

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
