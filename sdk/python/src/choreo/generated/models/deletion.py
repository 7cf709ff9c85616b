from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.deletion_kind import DeletionKind, check_deletion_kind
from ..models.deletion_reason import DeletionReason, check_deletion_reason

T = TypeVar("T", bound="Deletion")


@_attrs_define
class Deletion:
    """The deletion of a clip, a concept or a job with all of its files.

    Attributes:
        id (str): Id of the deletion.
        kind (DeletionKind): Kind of the deleted resource.
        subject (str): Id of the deleted resource.
        reason (DeletionReason): `request`: a DELETE request; `retention`: its retention period ended.
        num_objects (int | None): Number of its files in object storage; null until they are counted.
        num_bytes (int | None): Size of those files in bytes; null until they are counted.
        requested_at (datetime.datetime): Time at which the resource was deleted from the database.
        completed_at (datetime.datetime | None): Time at which object storage listed none of the files any more; null
            until then.
    """

    id: str
    kind: DeletionKind
    subject: str
    reason: DeletionReason
    num_objects: int | None
    num_bytes: int | None
    requested_at: datetime.datetime
    completed_at: datetime.datetime | None
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        kind: str = self.kind

        subject = self.subject

        reason: str = self.reason

        num_objects: int | None
        num_objects = self.num_objects

        num_bytes: int | None
        num_bytes = self.num_bytes

        requested_at = self.requested_at.isoformat()

        completed_at: None | str
        if isinstance(self.completed_at, datetime.datetime):
            completed_at = self.completed_at.isoformat()
        else:
            completed_at = self.completed_at

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "kind": kind,
                "subject": subject,
                "reason": reason,
                "num_objects": num_objects,
                "num_bytes": num_bytes,
                "requested_at": requested_at,
                "completed_at": completed_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = {**src_dict}
        id = d.pop("id")
        if not isinstance(id, str):
            raise TypeError(f"id is {type(id).__name__}")

        kind = check_deletion_kind(d.pop("kind"))

        subject = d.pop("subject")
        if not isinstance(subject, str):
            raise TypeError(f"subject is {type(subject).__name__}")

        reason = check_deletion_reason(d.pop("reason"))

        def _parse_num_objects(data: object) -> int | None:
            if data is None:
                return data
            num_objects_type_0 = data
            if not isinstance(num_objects_type_0, int):
                raise TypeError(f"num_objects_type_0 is {type(num_objects_type_0).__name__}")

            return num_objects_type_0

        num_objects = _parse_num_objects(d.pop("num_objects"))

        def _parse_num_bytes(data: object) -> int | None:
            if data is None:
                return data
            num_bytes_type_0 = data
            if not isinstance(num_bytes_type_0, int):
                raise TypeError(f"num_bytes_type_0 is {type(num_bytes_type_0).__name__}")

            return num_bytes_type_0

        num_bytes = _parse_num_bytes(d.pop("num_bytes"))

        requested_at = datetime.datetime.fromisoformat(d.pop("requested_at"))

        def _parse_completed_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            if not isinstance(data, str):
                raise TypeError(f"completed_at is {type(data).__name__}")
            completed_at_type_0 = datetime.datetime.fromisoformat(data)

            return completed_at_type_0

        completed_at = _parse_completed_at(d.pop("completed_at"))

        deletion = cls(
            id=id,
            kind=kind,
            subject=subject,
            reason=reason,
            num_objects=num_objects,
            num_bytes=num_bytes,
            requested_at=requested_at,
            completed_at=completed_at,
        )

        additional_properties = {}
        for prop_name, prop_dict in d.items():
            additional = prop_dict
            additional_properties[prop_name] = additional

        deletion.additional_properties = additional_properties
        return deletion

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
