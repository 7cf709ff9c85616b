from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.dead_letter_kind import DeadLetterKind, check_dead_letter_kind

T = TypeVar("T", bound="DeadLetter")


@_attrs_define
class DeadLetter:
    """Work that the service gave up on: a job that failed by the service's fault, a webhook delivery whose attempts all
    failed, or an outbox row that failed repeatedly.

        Attributes:
            id (str): Id of the dead letter: of the job, of the webhook delivery, or of the outbox row.
            kind (DeadLetterKind): Kind of the work.
            tenant_id (None | str): Id of the tenant; null for an outbox row without one.
            reason (str): Error of a job, last response to a delivery, or topic of an outbox row.
            attempts (int): Number of attempts.
            since (datetime.datetime): Time of the last failure; of an outbox row, the time at which it was created.
    """

    id: str
    kind: DeadLetterKind
    tenant_id: None | str
    reason: str
    attempts: int
    since: datetime.datetime
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        kind: str = self.kind

        tenant_id: None | str
        tenant_id = self.tenant_id

        reason = self.reason

        attempts = self.attempts

        since = self.since.isoformat()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "kind": kind,
                "tenant_id": tenant_id,
                "reason": reason,
                "attempts": attempts,
                "since": since,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = {**src_dict}
        id = d.pop("id")
        if not isinstance(id, str):
            raise TypeError(f"id is {type(id).__name__}")

        kind = check_dead_letter_kind(d.pop("kind"))

        def _parse_tenant_id(data: object) -> None | str:
            if data is None:
                return data
            tenant_id_type_0 = data
            if not isinstance(tenant_id_type_0, str):
                raise TypeError(f"tenant_id_type_0 is {type(tenant_id_type_0).__name__}")

            return tenant_id_type_0

        tenant_id = _parse_tenant_id(d.pop("tenant_id"))

        reason = d.pop("reason")
        if not isinstance(reason, str):
            raise TypeError(f"reason is {type(reason).__name__}")

        attempts = d.pop("attempts")
        if not isinstance(attempts, int):
            raise TypeError(f"attempts is {type(attempts).__name__}")

        since = datetime.datetime.fromisoformat(d.pop("since"))

        dead_letter = cls(
            id=id,
            kind=kind,
            tenant_id=tenant_id,
            reason=reason,
            attempts=attempts,
            since=since,
        )

        additional_properties = {}
        for prop_name, prop_dict in d.items():
            additional = prop_dict
            additional_properties[prop_name] = additional

        dead_letter.additional_properties = additional_properties
        return dead_letter

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
