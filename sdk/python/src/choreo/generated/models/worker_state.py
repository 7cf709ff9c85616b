from typing import Literal, cast

WorkerState = Literal["drained", "draining", "idle", "silent", "working"]


def check_worker_state(value: object) -> WorkerState:
    """Values that a newer service added are kept as they are."""
    if not isinstance(value, str):
        raise TypeError(f"{type(value).__name__} instead of str")
    return cast(WorkerState, value)
