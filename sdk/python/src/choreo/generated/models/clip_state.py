from typing import Literal, cast

ClipState = Literal["awaiting_upload", "processing", "ready", "rejected"]


def check_clip_state(value: object) -> ClipState:
    """Values that a newer service added are kept as they are."""
    if not isinstance(value, str):
        raise TypeError(f"{type(value).__name__} instead of str")
    return cast(ClipState, value)
