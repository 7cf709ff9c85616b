from typing import Literal, cast

QuotaPolicy = Literal["gpu_seconds", "queued_jobs", "running_jobs", "stored_bytes"]


def check_quota_policy(value: object) -> QuotaPolicy:
    """Values that a newer service added are kept as they are."""
    if not isinstance(value, str):
        raise TypeError(f"{type(value).__name__} instead of str")
    return cast(QuotaPolicy, value)
