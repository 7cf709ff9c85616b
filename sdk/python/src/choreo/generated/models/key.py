from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.key_scopes_item import KeyScopesItem, check_key_scopes_item

T = TypeVar("T", bound="Key")


@_attrs_define
class Key:
    """An API key. The service stores the hash of its token only.

    Attributes:
        id (str): Id of the API key.
        tenant_id (str): Id of the tenant.
        name (str): Name of the key, for people.
        hint (str): The last characters of the token.
        scopes (list[KeyScopesItem]): Scopes of the key.
        created_at (datetime.datetime): Time at which it was created.
        expires_at (datetime.datetime | None): Time at which it expires; null for never.
        revoked_at (datetime.datetime | None): Time at which it was revoked; null unless it was.
    """

    id: str
    tenant_id: str
    name: str
    hint: str
    scopes: list[KeyScopesItem]
    created_at: datetime.datetime
    expires_at: datetime.datetime | None
    revoked_at: datetime.datetime | None
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        tenant_id = self.tenant_id

        name = self.name

        hint = self.hint

        scopes = []
        for scopes_item_data in self.scopes:
            scopes_item: str = scopes_item_data
            scopes.append(scopes_item)

        created_at = self.created_at.isoformat()

        expires_at: None | str
        if isinstance(self.expires_at, datetime.datetime):
            expires_at = self.expires_at.isoformat()
        else:
            expires_at = self.expires_at

        revoked_at: None | str
        if isinstance(self.revoked_at, datetime.datetime):
            revoked_at = self.revoked_at.isoformat()
        else:
            revoked_at = self.revoked_at

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "tenant_id": tenant_id,
                "name": name,
                "hint": hint,
                "scopes": scopes,
                "created_at": created_at,
                "expires_at": expires_at,
                "revoked_at": revoked_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = {**src_dict}
        id = d.pop("id")
        if not isinstance(id, str):
            raise TypeError(f"id is {type(id).__name__}")

        tenant_id = d.pop("tenant_id")
        if not isinstance(tenant_id, str):
            raise TypeError(f"tenant_id is {type(tenant_id).__name__}")

        name = d.pop("name")
        if not isinstance(name, str):
            raise TypeError(f"name is {type(name).__name__}")

        hint = d.pop("hint")
        if not isinstance(hint, str):
            raise TypeError(f"hint is {type(hint).__name__}")

        scopes = []
        _scopes = d.pop("scopes")
        if not isinstance(_scopes, list):
            raise TypeError(f"scopes is {type(_scopes).__name__}")
        for scopes_item_data in _scopes:
            scopes_item = check_key_scopes_item(scopes_item_data)

            scopes.append(scopes_item)

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        def _parse_expires_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            if not isinstance(data, str):
                raise TypeError(f"expires_at is {type(data).__name__}")
            expires_at_type_0 = datetime.datetime.fromisoformat(data)

            return expires_at_type_0

        expires_at = _parse_expires_at(d.pop("expires_at"))

        def _parse_revoked_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            if not isinstance(data, str):
                raise TypeError(f"revoked_at is {type(data).__name__}")
            revoked_at_type_0 = datetime.datetime.fromisoformat(data)

            return revoked_at_type_0

        revoked_at = _parse_revoked_at(d.pop("revoked_at"))

        key = cls(
            id=id,
            tenant_id=tenant_id,
            name=name,
            hint=hint,
            scopes=scopes,
            created_at=created_at,
            expires_at=expires_at,
            revoked_at=revoked_at,
        )

        additional_properties = {}
        for prop_name, prop_dict in d.items():
            additional = prop_dict
            additional_properties[prop_name] = additional

        key.additional_properties = additional_properties
        return key

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
