from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.audit_entry_details import AuditEntryDetails


T = TypeVar("T", bound="AuditEntry")


@_attrs_define
class AuditEntry:
    """An administration request that was carried out. Refused requests are not in the audit log.

    Attributes:
        id (str): Id of the entry.
        at (datetime.datetime): Time of the request.
        actor_tenant_id (None | str): Id of the tenant whose key was used; null for a command on the service's machine.
        actor_key_id (None | str): Id of the key that was used; null for a command on the service's machine.
        action (str): Operation id of the request, or name of the command.
        target (str): Id of the changed resource.
        details (AuditEntryDetails): Arguments of the request, without secrets.
        request_id (None | str): Id of the request, as in the header `X-Request-Id`; null for a command.
    """

    id: str
    at: datetime.datetime
    actor_tenant_id: None | str
    actor_key_id: None | str
    action: str
    target: str
    details: AuditEntryDetails
    request_id: None | str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        at = self.at.isoformat()

        actor_tenant_id: None | str
        actor_tenant_id = self.actor_tenant_id

        actor_key_id: None | str
        actor_key_id = self.actor_key_id

        action = self.action

        target = self.target

        details = self.details.to_dict()

        request_id: None | str
        request_id = self.request_id

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "at": at,
                "actor_tenant_id": actor_tenant_id,
                "actor_key_id": actor_key_id,
                "action": action,
                "target": target,
                "details": details,
                "request_id": request_id,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.audit_entry_details import AuditEntryDetails  # noqa: PLC0415

        d = {**src_dict}
        id = d.pop("id")
        if not isinstance(id, str):
            raise TypeError(f"id is {type(id).__name__}")

        at = datetime.datetime.fromisoformat(d.pop("at"))

        def _parse_actor_tenant_id(data: object) -> None | str:
            if data is None:
                return data
            actor_tenant_id_type_0 = data
            if not isinstance(actor_tenant_id_type_0, str):
                raise TypeError(f"actor_tenant_id_type_0 is {type(actor_tenant_id_type_0).__name__}")

            return actor_tenant_id_type_0

        actor_tenant_id = _parse_actor_tenant_id(d.pop("actor_tenant_id"))

        def _parse_actor_key_id(data: object) -> None | str:
            if data is None:
                return data
            actor_key_id_type_0 = data
            if not isinstance(actor_key_id_type_0, str):
                raise TypeError(f"actor_key_id_type_0 is {type(actor_key_id_type_0).__name__}")

            return actor_key_id_type_0

        actor_key_id = _parse_actor_key_id(d.pop("actor_key_id"))

        action = d.pop("action")
        if not isinstance(action, str):
            raise TypeError(f"action is {type(action).__name__}")

        target = d.pop("target")
        if not isinstance(target, str):
            raise TypeError(f"target is {type(target).__name__}")

        details = AuditEntryDetails.from_dict(d.pop("details"))

        def _parse_request_id(data: object) -> None | str:
            if data is None:
                return data
            request_id_type_0 = data
            if not isinstance(request_id_type_0, str):
                raise TypeError(f"request_id_type_0 is {type(request_id_type_0).__name__}")

            return request_id_type_0

        request_id = _parse_request_id(d.pop("request_id"))

        audit_entry = cls(
            id=id,
            at=at,
            actor_tenant_id=actor_tenant_id,
            actor_key_id=actor_key_id,
            action=action,
            target=target,
            details=details,
            request_id=request_id,
        )

        additional_properties = {}
        for prop_name, prop_dict in d.items():
            additional = prop_dict
            additional_properties[prop_name] = additional

        audit_entry.additional_properties = additional_properties
        return audit_entry

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
