from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

from ..models.key_create_scopes_item import (
    KeyCreateScopesItem,
    check_key_create_scopes_item,
)
from ..types import UNSET, Unset

T = TypeVar("T", bound="KeyCreate")


@_attrs_define
class KeyCreate:
    """Request for a new API key of a tenant.

    Attributes:
        tenant_id (str): Id of the tenant.
        name (str): Name of the key, for people: the program that uses it.
        scopes (list[KeyCreateScopesItem]): Scopes of the key (docs/accounts.md).
        expires_at (datetime.datetime | None | Unset): Time at which it expires. Default: never.
    """

    tenant_id: str
    name: str
    scopes: list[KeyCreateScopesItem]
    expires_at: datetime.datetime | None | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        tenant_id = self.tenant_id

        name = self.name

        scopes = []
        for scopes_item_data in self.scopes:
            scopes_item: str = scopes_item_data
            scopes.append(scopes_item)

        expires_at: None | str | Unset
        if isinstance(self.expires_at, Unset):
            expires_at = UNSET
        elif isinstance(self.expires_at, datetime.datetime):
            expires_at = self.expires_at.isoformat()
        else:
            expires_at = self.expires_at

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "tenant_id": tenant_id,
                "name": name,
                "scopes": scopes,
            }
        )
        if expires_at is not UNSET:
            field_dict["expires_at"] = expires_at

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = {**src_dict}
        tenant_id = d.pop("tenant_id")
        if not isinstance(tenant_id, str):
            raise TypeError(f"tenant_id is {type(tenant_id).__name__}")

        name = d.pop("name")
        if not isinstance(name, str):
            raise TypeError(f"name is {type(name).__name__}")

        scopes = []
        _scopes = d.pop("scopes")
        if not isinstance(_scopes, list):
            raise TypeError(f"scopes is {type(_scopes).__name__}")
        for scopes_item_data in _scopes:
            scopes_item = check_key_create_scopes_item(scopes_item_data)

            scopes.append(scopes_item)

        def _parse_expires_at(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            if not isinstance(data, str):
                raise TypeError(f"expires_at is {type(data).__name__}")
            expires_at_type_0 = datetime.datetime.fromisoformat(data)

            return expires_at_type_0

        expires_at = _parse_expires_at(d.pop("expires_at", UNSET))

        key_create = cls(
            tenant_id=tenant_id,
            name=name,
            scopes=scopes,
            expires_at=expires_at,
        )

        return key_create
