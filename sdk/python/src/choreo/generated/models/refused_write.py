from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="RefusedWrite")


@_attrs_define
class RefusedWrite:
    """A write that was refused because the attempt no longer owned the job.

    Attributes:
        what (str): The refused operation.
        at (datetime.datetime): Time of the refusal.
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
