from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

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

    def to_dict(self) -> dict[str, Any]:
        at = self.at.isoformat()

        attempt = self.attempt

        level: str = self.level

        message = self.message

        field_dict: dict[str, Any] = {}

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
        d = dict(src_dict)
        at = datetime.datetime.fromisoformat(d.pop("at"))

        attempt = d.pop("attempt")

        level = check_log_line_level(d.pop("level"))

        message = d.pop("message")

        log_line = cls(
            at=at,
            attempt=attempt,
            level=level,
            message=message,
        )

        return log_line
