from typing import Literal

Drain = Literal["finish", "hand_over"]

DRAIN_VALUES: set[Drain] = {
    "finish",
    "hand_over",
}


def check_drain(value: str) -> Drain:
    if value in DRAIN_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {DRAIN_VALUES!r}")
