from typing import Literal, cast

DeletionReason = Literal["request", "retention"]


def check_deletion_reason(value: object) -> DeletionReason:
    """Values that a newer service added are kept as they are."""
    if not isinstance(value, str):
        raise TypeError(f"{type(value).__name__} instead of str")
    return cast(DeletionReason, value)
