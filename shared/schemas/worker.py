"""Workers, as whoever runs the service sees them."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from shared.schemas.common import JobId, Schema, Timestamp

WorkerName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,254}$")]


class Drain(StrEnum):
    """How a worker takes leave of its queues: what becomes of the job that it runs."""

    FINISH = "finish"
    """It runs that job to its end."""
    HAND_OVER = "hand_over"
    """A training saves its place; the job is queued again, and another worker goes on."""


Readiness = Literal["warm", "cold", "unserved"]
"""Of a base model: some worker has it in memory, or must load it first, or none takes jobs on it."""


class WorkerState(StrEnum):
    """What a worker does."""

    IDLE = "idle"
    WORKING = "working"
    DRAINING = "draining"
    """It runs its last job."""
    DRAINED = "drained"
    """It runs nothing and takes nothing."""
    SILENT = "silent"
    """Nothing has been heard of it for a while: it was killed, is frozen, or cannot reach the database."""


class Worker(Schema):
    """A worker: one engine, which runs one job at a time."""

    name: WorkerName = Field(description="New with every start: a drain ends with its worker.")
    state: WorkerState
    queues: list[str]
    drain: Drain | None = Field(description="How it was told to take leave; null while it serves its queues.")
    job_id: JobId | None
    started_at: Timestamp
    seen_at: Timestamp
