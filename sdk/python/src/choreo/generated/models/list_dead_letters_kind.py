from typing import Literal

ListDeadLettersKind = Literal["delivery", "job", "outbox"]

LIST_DEAD_LETTERS_KIND_VALUES: set[ListDeadLettersKind] = {
    "delivery",
    "job",
    "outbox",
}


def check_list_dead_letters_kind(value: str) -> ListDeadLettersKind:
    if value in LIST_DEAD_LETTERS_KIND_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {LIST_DEAD_LETTERS_KIND_VALUES!r}")
