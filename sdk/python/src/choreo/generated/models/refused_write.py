from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="RefusedWrite")


@_attrs_define
class RefusedWrite:
    """Something that a fenced attempt tried to write and was not let.

    Attributes:
        what (str):
        at (datetime.datetime):
    """

    what: str
    at: datetime.datetime

    def to_dict(self) -> dict[str, Any]:
        what = self.what

        at = self.at.isoformat()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "what": what,
                "at": at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        what = d.pop("what")

        at = datetime.datetime.fromisoformat(d.pop("at"))

        refused_write = cls(
            what=what,
            at=at,
        )

        return refused_write
