from typing import Literal

JobErrorFault = Literal["service", "user"]

JOB_ERROR_FAULT_VALUES: set[JobErrorFault] = {
    "service",
    "user",
}


def check_job_error_fault(value: str) -> JobErrorFault:
    if value in JOB_ERROR_FAULT_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {JOB_ERROR_FAULT_VALUES!r}")
