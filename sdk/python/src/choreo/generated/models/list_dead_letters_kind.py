from typing import Literal, cast

ListDeadLettersKind = Literal["delivery", "job", "outbox"]


def check_list_dead_letters_kind(value: object) -> ListDeadLettersKind:
    """Values that a newer service added are kept as they are."""
    if not isinstance(value, str):
        raise TypeError(f"{type(value).__name__} instead of str")
    return cast(ListDeadLettersKind, value)
