from typing import Literal

DeletionReason = Literal["request", "retention"]

DELETION_REASON_VALUES: set[DeletionReason] = {
    "request",
    "retention",
}


def check_deletion_reason(value: str) -> DeletionReason:
    if value in DELETION_REASON_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {DELETION_REASON_VALUES!r}")
