from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

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
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        number = self.number

        at = self.at.isoformat()

        seconds = self.seconds

        status: int | None
        status = self.status

        error: None | str
        error = self.error

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
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
        d = {**src_dict}
        number = d.pop("number")
        if not isinstance(number, int):
            raise TypeError(f"number is {type(number).__name__}")

        at = datetime.datetime.fromisoformat(d.pop("at"))

        seconds = d.pop("seconds")
        if not isinstance(seconds, int | float):
            raise TypeError(f"seconds is {type(seconds).__name__}")

        def _parse_status(data: object) -> int | None:
            if data is None:
                return data
            status_type_0 = data
            if not isinstance(status_type_0, int):
                raise TypeError(f"status_type_0 is {type(status_type_0).__name__}")

            return status_type_0

        status = _parse_status(d.pop("status"))

        def _parse_error(data: object) -> None | str:
            if data is None:
                return data
            error_type_0 = data
            if not isinstance(error_type_0, str):
                raise TypeError(f"error_type_0 is {type(error_type_0).__name__}")

            return error_type_0

        error = _parse_error(d.pop("error"))

        webhook_attempt = cls(
            number=number,
            at=at,
            seconds=seconds,
            status=status,
            error=error,
        )

        additional_properties = {}
        for prop_name, prop_dict in d.items():
            additional = prop_dict
            additional_properties[prop_name] = additional

        webhook_attempt.additional_properties = additional_properties
        return webhook_attempt

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
