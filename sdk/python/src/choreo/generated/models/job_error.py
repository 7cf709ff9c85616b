from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

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

    def to_dict(self) -> dict[str, Any]:
        code = self.code

        message = self.message

        retryable = self.retryable

        fault: str = self.fault

        field_dict: dict[str, Any] = {}

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
        d = dict(src_dict)
        code = d.pop("code")

        message = d.pop("message")

        retryable = d.pop("retryable")

        fault = check_job_error_fault(d.pop("fault"))

        job_error = cls(
            code=code,
            message=message,
            retryable=retryable,
            fault=fault,
        )

        return job_error
