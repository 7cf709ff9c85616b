from typing import Literal

JobEventDataKind = Literal["evaluation", "generation", "training"]

JOB_EVENT_DATA_KIND_VALUES: set[JobEventDataKind] = {
    "evaluation",
    "generation",
    "training",
}


def check_job_event_data_kind(value: str) -> JobEventDataKind:
    if value in JOB_EVENT_DATA_KIND_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {JOB_EVENT_DATA_KIND_VALUES!r}")
