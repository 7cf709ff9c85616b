from typing import Literal

JobsUsageKind = Literal["evaluation", "generation", "training"]

JOBS_USAGE_KIND_VALUES: set[JobsUsageKind] = {
    "evaluation",
    "generation",
    "training",
}


def check_jobs_usage_kind(value: str) -> JobsUsageKind:
    if value in JOBS_USAGE_KIND_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {JOBS_USAGE_KIND_VALUES!r}")
