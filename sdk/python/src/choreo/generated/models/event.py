from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.event_data import EventData


T = TypeVar("T", bound="Event")


@_attrs_define
class Event:
    """One event of a tenant.

    Attributes:
        id (str): Id of the event.
        seq (int): Number of the event. It counts the tenant's events from 1 without gaps.
        type_ (str): Type, for example `training.running`, `generation.progress` or `concept.version.created`.
        job_id (None | str): Id of the job; null for an event that concerns no job.
        state_seq (int | None): The job's `state_seq` after the event; null for an event that is not a change of a job.
        data (EventData): Content of the event. It depends on the type.
        created_at (datetime.datetime): Time of the event.
    """

    id: str
    seq: int
    type_: str
    job_id: None | str
    state_seq: int | None
    data: EventData
    created_at: datetime.datetime
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        seq = self.seq

        type_ = self.type_

        job_id: None | str
        job_id = self.job_id

        state_seq: int | None
        state_seq = self.state_seq

        data = self.data.to_dict()

        created_at = self.created_at.isoformat()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "seq": seq,
                "type": type_,
                "job_id": job_id,
                "state_seq": state_seq,
                "data": data,
                "created_at": created_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.event_data import EventData  # noqa: PLC0415

        d = {**src_dict}
        id = d.pop("id")
        if not isinstance(id, str):
            raise TypeError(f"id is {type(id).__name__}")

        seq = d.pop("seq")
        if not isinstance(seq, int):
            raise TypeError(f"seq is {type(seq).__name__}")

        type_ = d.pop("type")
        if not isinstance(type_, str):
            raise TypeError(f"type is {type(type_).__name__}")

        def _parse_job_id(data: object) -> None | str:
            if data is None:
                return data
            job_id_type_0 = data
            if not isinstance(job_id_type_0, str):
                raise TypeError(f"job_id_type_0 is {type(job_id_type_0).__name__}")

            return job_id_type_0

        job_id = _parse_job_id(d.pop("job_id"))

        def _parse_state_seq(data: object) -> int | None:
            if data is None:
                return data
            state_seq_type_0 = data
            if not isinstance(state_seq_type_0, int):
                raise TypeError(f"state_seq_type_0 is {type(state_seq_type_0).__name__}")

            return state_seq_type_0

        state_seq = _parse_state_seq(d.pop("state_seq"))

        data = EventData.from_dict(d.pop("data"))

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        event = cls(
            id=id,
            seq=seq,
            type_=type_,
            job_id=job_id,
            state_seq=state_seq,
            data=data,
            created_at=created_at,
        )

        additional_properties = {}
        for prop_name, prop_dict in d.items():
            additional = prop_dict
            additional_properties[prop_name] = additional

        event.additional_properties = additional_properties
        return event

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
