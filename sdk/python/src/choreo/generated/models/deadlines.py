from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="Deadlines")


@_attrs_define
class Deadlines:
    """Deadlines of a job. A job that misses one fails with `start_by_missed` or `finish_by_missed`.

    Attributes:
        start_by (datetime.datetime | None | Unset): Time by which the first attempt must have started. Default: no
            limit.
        finish_by (datetime.datetime | None | Unset): Time by which the job must have finished. Default: no limit.
    """

    start_by: datetime.datetime | None | Unset = UNSET
    finish_by: datetime.datetime | None | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        start_by: None | str | Unset
        if isinstance(self.start_by, Unset):
            start_by = UNSET
        elif isinstance(self.start_by, datetime.datetime):
            start_by = self.start_by.isoformat()
        else:
            start_by = self.start_by

        finish_by: None | str | Unset
        if isinstance(self.finish_by, Unset):
            finish_by = UNSET
        elif isinstance(self.finish_by, datetime.datetime):
            finish_by = self.finish_by.isoformat()
        else:
            finish_by = self.finish_by

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if start_by is not UNSET:
            field_dict["start_by"] = start_by
        if finish_by is not UNSET:
            field_dict["finish_by"] = finish_by

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)

        def _parse_start_by(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                start_by_type_0 = datetime.datetime.fromisoformat(data)

                return start_by_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        start_by = _parse_start_by(d.pop("start_by", UNSET))

        def _parse_finish_by(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                finish_by_type_0 = datetime.datetime.fromisoformat(data)

                return finish_by_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        finish_by = _parse_finish_by(d.pop("finish_by", UNSET))

        deadlines = cls(
            start_by=start_by,
            finish_by=finish_by,
        )

        return deadlines
