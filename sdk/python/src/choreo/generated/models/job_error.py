from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.job_error_fault import JobErrorFault, check_job_error_fault

T = TypeVar("T", bound="JobError")


@_attrs_define
class JobError:
    """Reason of a failed job or attempt.

    Attributes:
        code (str): Stable error code (docs/errors.md).
        message (str): Text for people. It may change.
        retryable (bool): Whether the same job may succeed later.
        fault (JobErrorFault): Cause: `user`: the request or its data; `service`: the service itself.
    """

    code: str
    message: str
    retryable: bool
    fault: JobErrorFault
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        code = self.code

        message = self.message

        retryable = self.retryable

        fault: str = self.fault

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "code": code,
                "message": message,
                "retryable": retryable,
                "fault": fault,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = {**src_dict}
        code = d.pop("code")
        if not isinstance(code, str):
            raise TypeError(f"code is {type(code).__name__}")

        message = d.pop("message")
        if not isinstance(message, str):
            raise TypeError(f"message is {type(message).__name__}")

        retryable = d.pop("retryable")
        if not isinstance(retryable, bool):
            raise TypeError(f"retryable is {type(retryable).__name__}")

        fault = check_job_error_fault(d.pop("fault"))

        job_error = cls(
            code=code,
            message=message,
            retryable=retryable,
            fault=fault,
        )

        additional_properties = {}
        for prop_name, prop_dict in d.items():
            additional = prop_dict
            additional_properties[prop_name] = additional

        job_error.additional_properties = additional_properties
        return job_error

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
