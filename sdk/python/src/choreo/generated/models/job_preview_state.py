from typing import Literal

JobPreviewState = Literal["failed", "pending", "ready"]

JOB_PREVIEW_STATE_VALUES: set[JobPreviewState] = {
    "failed",
    "pending",
    "ready",
}


def check_job_preview_state(value: str) -> JobPreviewState:
    if value in JOB_PREVIEW_STATE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {JOB_PREVIEW_STATE_VALUES!r}")
