from typing import Literal, cast

JobState = Literal["canceled", "canceling", "failed", "queued", "running", "succeeded"]


def check_job_state(value: object) -> JobState:
    """Values that a newer service added are kept as they are."""
    if not isinstance(value, str):
        raise TypeError(f"{type(value).__name__} instead of str")
    return cast(JobState, value)
