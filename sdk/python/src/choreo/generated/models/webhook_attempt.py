from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

T = TypeVar("T", bound="WebhookAttempt")


@_attrs_define
class WebhookAttempt:
    """One attempt to deliver a webhook.

    Attributes:
        number (int): Number of the attempt, from 1.
        at (datetime.datetime): Time of the attempt.
        seconds (float): Duration in seconds.
        status (int | None): HTTP status of the response; null without a response.
        error (None | str): Reason why there was no response; null with a response.
    """

    number: int
    at: datetime.datetime
    seconds: float
    status: int | None
    error: None | str

    def to_dict(self) -> dict[str, Any]:
        number = self.number

        at = self.at.isoformat()

        seconds = self.seconds

        status: int | None
        status = self.status

        error: None | str
        error = self.error

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "number": number,
                "at": at,
                "seconds": seconds,
                "status": status,
                "error": error,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        number = d.pop("number")

        at = datetime.datetime.fromisoformat(d.pop("at"))

        seconds = d.pop("seconds")

        def _parse_status(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        status = _parse_status(d.pop("status"))

        def _parse_error(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        error = _parse_error(d.pop("error"))

        webhook_attempt = cls(
            number=number,
            at=at,
            seconds=seconds,
            status=status,
            error=error,
        )

        return webhook_attempt
