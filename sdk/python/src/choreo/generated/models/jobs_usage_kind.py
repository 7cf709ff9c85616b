from typing import Literal, cast

JobsUsageKind = Literal["evaluation", "generation", "training"]


def check_jobs_usage_kind(value: object) -> JobsUsageKind:
    """Values that a newer service added are kept as they are."""
    if not isinstance(value, str):
        raise TypeError(f"{type(value).__name__} instead of str")
    return cast(JobsUsageKind, value)
