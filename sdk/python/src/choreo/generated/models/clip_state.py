from typing import Literal

ClipState = Literal["awaiting_upload", "processing", "ready", "rejected"]

CLIP_STATE_VALUES: set[ClipState] = {
    "awaiting_upload",
    "processing",
    "ready",
    "rejected",
}


def check_clip_state(value: str) -> ClipState:
    if value in CLIP_STATE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {CLIP_STATE_VALUES!r}")
