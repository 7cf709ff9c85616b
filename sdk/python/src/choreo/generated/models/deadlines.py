from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

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
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

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
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if start_by is not UNSET:
            field_dict["start_by"] = start_by
        if finish_by is not UNSET:
            field_dict["finish_by"] = finish_by

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = {**src_dict}

        def _parse_start_by(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            if not isinstance(data, str):
                raise TypeError(f"start_by is {type(data).__name__}")
            start_by_type_0 = datetime.datetime.fromisoformat(data)

            return start_by_type_0

        start_by = _parse_start_by(d.pop("start_by", UNSET))

        def _parse_finish_by(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            if not isinstance(data, str):
                raise TypeError(f"finish_by is {type(data).__name__}")
            finish_by_type_0 = datetime.datetime.fromisoformat(data)

            return finish_by_type_0

        finish_by = _parse_finish_by(d.pop("finish_by", UNSET))

        deadlines = cls(
            start_by=start_by,
            finish_by=finish_by,
        )

        additional_properties = {}
        for prop_name, prop_dict in d.items():
            additional = prop_dict
            additional_properties[prop_name] = additional

        deadlines.additional_properties = additional_properties
        return deadlines

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
