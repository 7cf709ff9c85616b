from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.log_line_level import LogLineLevel, check_log_line_level

T = TypeVar("T", bound="LogLine")


@_attrs_define
class LogLine:
    """A line of a job's log.

    Attributes:
        at (datetime.datetime): Time of the entry.
        attempt (int): Number of the attempt that wrote it.
        level (LogLineLevel): Severity.
        message (str): Text of the entry.
    """

    at: datetime.datetime
    attempt: int
    level: LogLineLevel
    message: str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        at = self.at.isoformat()

        attempt = self.attempt

        level: str = self.level

        message = self.message

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "at": at,
                "attempt": attempt,
                "level": level,
                "message": message,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = {**src_dict}
        at = datetime.datetime.fromisoformat(d.pop("at"))

        attempt = d.pop("attempt")
        if not isinstance(attempt, int):
            raise TypeError(f"attempt is {type(attempt).__name__}")

        level = check_log_line_level(d.pop("level"))

        message = d.pop("message")
        if not isinstance(message, str):
            raise TypeError(f"message is {type(message).__name__}")

        log_line = cls(
            at=at,
            attempt=attempt,
            level=level,
            message=message,
        )

        additional_properties = {}
        for prop_name, prop_dict in d.items():
            additional = prop_dict
            additional_properties[prop_name] = additional

        log_line.additional_properties = additional_properties
        return log_line

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
