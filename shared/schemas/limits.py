"""Limits of a tenant, and its use of each quota."""

from typing import Literal

from pydantic import Field

from shared.schemas.common import RequestSchema, Schema, Timestamp

MAX_INTEGER = 2**53
"""The greatest integer that every JSON implementation represents exactly (RFC 8259, section 6)."""
QuotaPolicy = Literal["running_jobs", "queued_jobs", "gpu_seconds", "stored_bytes"]
QuotaPeriod = Literal["day", "month"]


class TenantLimits(RequestSchema):
    """Limits of a tenant. Null means unlimited, except for `requests_per_minute`."""

    running_jobs: int | None = Field(
        default=None,
        ge=1,
        le=MAX_INTEGER,
        description="Jobs that may run at the same time. Further jobs wait in their queues. Default: unlimited.",
        examples=[2],
    )
    queued_jobs: int | None = Field(
        default=None,
        ge=0,
        le=MAX_INTEGER,
        description="Jobs that may be queued at the same time. Default: unlimited.",
        examples=[100],
    )
    gpu_seconds: float | None = Field(
        default=None,
        ge=0,
        le=MAX_INTEGER,
        description="GPU seconds of the jobs that were created in one `gpu_period`. Default: unlimited.",
        examples=[36000],
    )
    gpu_period: QuotaPeriod = Field(
        default="month", description="Calendar period of `gpu_seconds`, in UTC.", examples=["month"]
    )
    stored_bytes: int | None = Field(
        default=None,
        ge=0,
        le=MAX_INTEGER,
        description="Bytes in object storage, counted as `storage` in `GET /v1/usage`. Default: unlimited.",
        examples=[10_000_000_000],
    )
    requests_per_minute: int | None = Field(
        default=None,
        ge=1,
        le=1_000_000,
        description="Requests in a moving minute. Default: the service's `CHOREO_REQUESTS_PER_MINUTE`.",
        examples=[None],
    )
    keep_jobs_days: float | None = Field(
        default=None,
        gt=0,
        le=36_500,
        description="Days for which a job and its files are kept after its end. Default: unlimited.",
        examples=[30],
    )


class Quota(Schema):
    """The state of one quota."""

    policy: QuotaPolicy = Field(description="Name of the limit.", examples=["gpu_seconds"])
    limit: float | None = Field(description="Greatest allowed value; null for unlimited.", examples=[36000])
    used: float = Field(ge=0, description="Current value.", examples=[42.5])
    resets_at: Timestamp | None = Field(
        description="Time at which `used` returns to 0; null for a quota without a period."
    )
