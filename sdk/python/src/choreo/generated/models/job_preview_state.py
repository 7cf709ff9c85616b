from typing import Literal, cast

JobPreviewState = Literal["failed", "pending", "ready"]


def check_job_preview_state(value: object) -> JobPreviewState:
    """Values that a newer service added are kept as they are."""
    if not isinstance(value, str):
        raise TypeError(f"{type(value).__name__} instead of str")
    return cast(JobPreviewState, value)
