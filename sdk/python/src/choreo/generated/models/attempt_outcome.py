from typing import Literal, cast

AttemptOutcome = Literal["canceled", "failed", "lost", "running", "succeeded"]


def check_attempt_outcome(value: object) -> AttemptOutcome:
    """Values that a newer service added are kept as they are."""
    if not isinstance(value, str):
        raise TypeError(f"{type(value).__name__} instead of str")
    return cast(AttemptOutcome, value)
