from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

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

        d = dict(src_dict)
        id = d.pop("id")

        at = datetime.datetime.fromisoformat(d.pop("at"))

        def _parse_actor_tenant_id(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        actor_tenant_id = _parse_actor_tenant_id(d.pop("actor_tenant_id"))

        def _parse_actor_key_id(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        actor_key_id = _parse_actor_key_id(d.pop("actor_key_id"))

        action = d.pop("action")

        target = d.pop("target")

        details = AuditEntryDetails.from_dict(d.pop("details"))

        def _parse_request_id(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

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

        return audit_entry
