from typing import Literal

DeadLetterKind = Literal["delivery", "job", "outbox"]

DEAD_LETTER_KIND_VALUES: set[DeadLetterKind] = {
    "delivery",
    "job",
    "outbox",
}


def check_dead_letter_kind(value: str) -> DeadLetterKind:
    if value in DEAD_LETTER_KIND_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {DEAD_LETTER_KIND_VALUES!r}")
