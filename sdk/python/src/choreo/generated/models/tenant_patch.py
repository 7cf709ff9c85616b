from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="TenantPatch")


@_attrs_define
class TenantPatch:
    """Changes of a tenant. An omitted field keeps its value.

    Attributes:
        name (None | str | Unset): New name.
    """

    name: None | str | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        name: None | str | Unset
        if isinstance(self.name, Unset):
            name = UNSET
        else:
            name = self.name

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if name is not UNSET:
            field_dict["name"] = name

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = {**src_dict}

        def _parse_name(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            name_type_0 = data
            if not isinstance(name_type_0, str):
                raise TypeError(f"name_type_0 is {type(name_type_0).__name__}")

            return name_type_0

        name = _parse_name(d.pop("name", UNSET))

        tenant_patch = cls(
            name=name,
        )

        return tenant_patch
