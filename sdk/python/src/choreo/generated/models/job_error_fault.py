from typing import Literal, cast

JobErrorFault = Literal["service", "user"]


def check_job_error_fault(value: object) -> JobErrorFault:
    """Values that a newer service added are kept as they are."""
    if not isinstance(value, str):
        raise TypeError(f"{type(value).__name__} instead of str")
    return cast(JobErrorFault, value)
