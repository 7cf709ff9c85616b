from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="Alias")


@_attrs_define
class Alias:
    """A name of a version.

    Attributes:
        name (str): Name of the alias.
        version (int): Number of the version.
        updated_at (datetime.datetime): Time of the last change.
    """

    name: str
    version: int
    updated_at: datetime.datetime

    def to_dict(self) -> dict[str, Any]:
        name = self.name

        version = self.version

        updated_at = self.updated_at.isoformat()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "name": name,
                "version": version,
                "updated_at": updated_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        name = d.pop("name")

        version = d.pop("version")

        updated_at = datetime.datetime.fromisoformat(d.pop("updated_at"))

        alias = cls(
            name=name,
            version=version,
            updated_at=updated_at,
        )

        return alias
