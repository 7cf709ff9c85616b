"""What a tenant used: jobs and GPU seconds in a span of time, storage now."""

from datetime import date
from typing import Literal

from pydantic import Field

from shared.schemas.common import Schema
from shared.schemas.job import JobKind
from shared.schemas.limits import Quota

Granularity = Literal["day", "month"]


class JobsUsage(Schema):
    """The jobs of one kind that were made in one period, as they stand now."""

    starts_on: date = Field(description="The first day of the period, in UTC.")
    kind: JobKind
    num_jobs: int = Field(ge=0)
    num_succeeded: int = Field(ge=0)
    num_failed: int = Field(ge=0)
    num_canceled: int = Field(ge=0)
    gpu_seconds: float = Field(ge=0)


class StorageUsage(Schema):
    """Bytes that are stored now and can be downloaded."""

    clips_bytes: int = Field(ge=0)
    versions_bytes: int = Field(ge=0)
    generations_bytes: int = Field(ge=0)
    evaluations_bytes: int = Field(ge=0)
    previews_bytes: int = Field(ge=0, description="Of trainings, shown while they ran.")
    total_bytes: int = Field(ge=0)


class UsageReport(Schema):
    """What a tenant used."""

    since: date
    until: date = Field(description="The day after the last one that counts.")
    gpu_seconds: float = Field(ge=0, description="Of all jobs that were made in this span.")
    jobs: list[JobsUsage] = Field(description="One for each period and kind that has jobs, in this order.")
    storage: StorageUsage
    quotas: list[Quota] = Field(description="What the tenant may use at most, and how much of it is used now.")
