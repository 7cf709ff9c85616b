from typing import Literal, cast

DeadLetterKind = Literal["delivery", "job", "outbox"]


def check_dead_letter_kind(value: object) -> DeadLetterKind:
    """Values that a newer service added are kept as they are."""
    if not isinstance(value, str):
        raise TypeError(f"{type(value).__name__} instead of str")
    return cast(DeadLetterKind, value)
