from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

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

    def to_dict(self) -> dict[str, Any]:
        starts_on = self.starts_on.isoformat()

        kind: str = self.kind

        num_jobs = self.num_jobs

        num_succeeded = self.num_succeeded

        num_failed = self.num_failed

        num_canceled = self.num_canceled

        gpu_seconds = self.gpu_seconds

        field_dict: dict[str, Any] = {}

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
        d = dict(src_dict)
        starts_on = datetime.date.fromisoformat(d.pop("starts_on"))

        kind = check_jobs_usage_kind(d.pop("kind"))

        num_jobs = d.pop("num_jobs")

        num_succeeded = d.pop("num_succeeded")

        num_failed = d.pop("num_failed")

        num_canceled = d.pop("num_canceled")

        gpu_seconds = d.pop("gpu_seconds")

        jobs_usage = cls(
            starts_on=starts_on,
            kind=kind,
            num_jobs=num_jobs,
            num_succeeded=num_succeeded,
            num_failed=num_failed,
            num_canceled=num_canceled,
            gpu_seconds=gpu_seconds,
        )

        return jobs_usage
