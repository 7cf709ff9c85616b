from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.jobs_usage_kind import JobsUsageKind, check_jobs_usage_kind

T = TypeVar("T", bound="JobsUsage")


@_attrs_define
class JobsUsage:
    """The jobs of one kind that were created in one period, in their current states.

    Attributes:
        starts_on (datetime.date): First day of the period, in UTC.
        kind (JobsUsageKind): Kind of the jobs.
        num_jobs (int): Number of jobs.
        num_succeeded (int): Number of them that succeeded.
        num_failed (int): Number of them that failed.
        num_canceled (int): Number of them that were canceled.
        gpu_seconds (float): GPU seconds of all of their attempts.
    """

    starts_on: datetime.date
    kind: JobsUsageKind
    num_jobs: int
    num_succeeded: int
    num_failed: int
    num_canceled: int
    gpu_seconds: float
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        starts_on = self.starts_on.isoformat()

        kind: str = self.kind

        num_jobs = self.num_jobs

        num_succeeded = self.num_succeeded

        num_failed = self.num_failed

        num_canceled = self.num_canceled

        gpu_seconds = self.gpu_seconds

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "starts_on": starts_on,
                "kind": kind,
                "num_jobs": num_jobs,
                "num_succeeded": num_succeeded,
                "num_failed": num_failed,
                "num_canceled": num_canceled,
                "gpu_seconds": gpu_seconds,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = {**src_dict}
        starts_on = datetime.date.fromisoformat(d.pop("starts_on"))

        kind = check_jobs_usage_kind(d.pop("kind"))

        num_jobs = d.pop("num_jobs")
        if not isinstance(num_jobs, int):
            raise TypeError(f"num_jobs is {type(num_jobs).__name__}")

        num_succeeded = d.pop("num_succeeded")
        if not isinstance(num_succeeded, int):
            raise TypeError(f"num_succeeded is {type(num_succeeded).__name__}")

        num_failed = d.pop("num_failed")
        if not isinstance(num_failed, int):
            raise TypeError(f"num_failed is {type(num_failed).__name__}")

        num_canceled = d.pop("num_canceled")
        if not isinstance(num_canceled, int):
            raise TypeError(f"num_canceled is {type(num_canceled).__name__}")

        gpu_seconds = d.pop("gpu_seconds")
        if not isinstance(gpu_seconds, int | float):
            raise TypeError(f"gpu_seconds is {type(gpu_seconds).__name__}")

        jobs_usage = cls(
            starts_on=starts_on,
            kind=kind,
            num_jobs=num_jobs,
            num_succeeded=num_succeeded,
            num_failed=num_failed,
            num_canceled=num_canceled,
            gpu_seconds=gpu_seconds,
        )

        additional_properties = {}
        for prop_name, prop_dict in d.items():
            additional = prop_dict
            additional_properties[prop_name] = additional

        jobs_usage.additional_properties = additional_properties
        return jobs_usage

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
