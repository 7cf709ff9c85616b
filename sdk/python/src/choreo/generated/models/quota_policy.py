from typing import Literal

QuotaPolicy = Literal["gpu_seconds", "queued_jobs", "running_jobs", "stored_bytes"]

QUOTA_POLICY_VALUES: set[QuotaPolicy] = {
    "gpu_seconds",
    "queued_jobs",
    "running_jobs",
    "stored_bytes",
}


def check_quota_policy(value: str) -> QuotaPolicy:
    if value in QUOTA_POLICY_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {QUOTA_POLICY_VALUES!r}")
