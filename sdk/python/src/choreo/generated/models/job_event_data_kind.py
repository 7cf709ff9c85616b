from typing import Literal, cast

JobEventDataKind = Literal["evaluation", "generation", "training"]


def check_job_event_data_kind(value: object) -> JobEventDataKind:
    """Values that a newer service added are kept as they are."""
    if not isinstance(value, str):
        raise TypeError(f"{type(value).__name__} instead of str")
    return cast(JobEventDataKind, value)
