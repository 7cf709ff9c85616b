"""What a tenant may use at most, and how much of it is used."""

from typing import Literal

from pydantic import Field

from shared.schemas.common import RequestSchema, Schema, Timestamp

GREATEST = 2**53
"""The greatest whole number that every JSON reader keeps exact (RFC 8259 section 6)."""
QuotaPolicy = Literal["running_jobs", "queued_jobs", "gpu_seconds", "stored_bytes"]
QuotaPeriod = Literal["day", "month"]


class TenantLimits(RequestSchema):
    """What a tenant may use at most; null means no limit, for `requests_per_minute` the service's own."""

    running_jobs: int | None = Field(default=None, ge=1, le=GREATEST, description="At once; more wait in the queue.")
    queued_jobs: int | None = Field(default=None, ge=0, le=GREATEST, description="That wait at once.")
    gpu_seconds: float | None = Field(default=None, ge=0, le=GREATEST, description="Of the jobs made in a period.")
    gpu_period: QuotaPeriod = Field(default="month", description="Of the calendar, in UTC.")
    stored_bytes: int | None = Field(default=None, ge=0, le=GREATEST, description="As `GET /v1/usage` counts them.")
    requests_per_minute: int | None = Field(default=None, ge=1, le=1_000_000)
    keep_jobs_days: float | None = Field(
        default=None, gt=0, le=36_500, description="How long jobs and their files are kept after their end."
    )


class Quota(Schema):
    """One quota as it stands."""

    policy: QuotaPolicy
    limit: float | None = Field(description="Null: no limit.")
    used: float = Field(ge=0)
    resets_at: Timestamp | None = Field(description="When `used` starts again from nothing, where it does by itself.")
