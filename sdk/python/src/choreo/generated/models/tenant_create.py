from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="TenantCreate")


@_attrs_define
class TenantCreate:
    """Request for a new tenant.

    Attributes:
        name (str): Name of the tenant, for people.
    """

    name: str

    def to_dict(self) -> dict[str, Any]:
        name = self.name

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "name": name,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = {**src_dict}
        name = d.pop("name")
        if not isinstance(name, str):
            raise TypeError(f"name is {type(name).__name__}")

        tenant_create = cls(
            name=name,
        )

        return tenant_create
