from typing import Literal

WorkerState = Literal["drained", "draining", "idle", "silent", "working"]

WORKER_STATE_VALUES: set[WorkerState] = {
    "drained",
    "draining",
    "idle",
    "silent",
    "working",
}


def check_worker_state(value: str) -> WorkerState:
    if value in WORKER_STATE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {WORKER_STATE_VALUES!r}")
