"""Usage of a tenant: jobs and GPU seconds in a range of days, and current storage."""

from datetime import date
from typing import Literal

from pydantic import Field

from shared.schemas.common import Schema
from shared.schemas.job import JobKind
from shared.schemas.limits import Quota

Granularity = Literal["day", "month"]


class JobsUsage(Schema):
    """The jobs of one kind that were created in one period, in their current states."""

    starts_on: date = Field(description="First day of the period, in UTC.", examples=["2026-03-01"])
    kind: JobKind = Field(description="Kind of the jobs.")
    num_jobs: int = Field(ge=0, description="Number of jobs.", examples=[12])
    num_succeeded: int = Field(ge=0, description="Number of them that succeeded.", examples=[10])
    num_failed: int = Field(ge=0, description="Number of them that failed.", examples=[1])
    num_canceled: int = Field(ge=0, description="Number of them that were canceled.", examples=[1])
    gpu_seconds: float = Field(ge=0, description="GPU seconds of all of their attempts.", examples=[510.0])


class StorageUsage(Schema):
    """Bytes in object storage that can be downloaded now."""

    clips_bytes: int = Field(ge=0, description="Reference clips, in bytes.", examples=[48213])
    versions_bytes: int = Field(ge=0, description="Files of concept versions, in bytes.", examples=[6700000])
    generations_bytes: int = Field(ge=0, description="Files of generations, in bytes.", examples=[182000])
    evaluations_bytes: int = Field(ge=0, description="Files of evaluations, in bytes.", examples=[910000])
    previews_bytes: int = Field(ge=0, description="Previews of running trainings, in bytes.", examples=[0])
    total_bytes: int = Field(ge=0, description="Sum of the above, in bytes.", examples=[7840213])


class UsageReport(Schema):
    """Usage of a tenant."""

    since: date = Field(description="First day of the range, in UTC.", examples=["2026-03-01"])
    until: date = Field(description="Day after the last day of the range, in UTC.", examples=["2026-04-01"])
    gpu_seconds: float = Field(ge=0, description="GPU seconds of all jobs created in the range.", examples=[510.0])
    jobs: list[JobsUsage] = Field(description="One entry for each period and kind with jobs, in this order.")
    storage: StorageUsage = Field(description="Bytes in object storage now.")
    quotas: list[Quota] = Field(description="The state of each quota now.")
