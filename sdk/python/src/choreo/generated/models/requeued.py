from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

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

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        job_id: None | str
        job_id = self.job_id

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "id": id,
                "job_id": job_id,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        id = d.pop("id")

        def _parse_job_id(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        job_id = _parse_job_id(d.pop("job_id"))

        requeued = cls(
            id=id,
            job_id=job_id,
        )

        return requeued
