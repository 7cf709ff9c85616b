"""Workers, as the operator sees them."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from shared.schemas.common import JobId, Schema, Timestamp

WorkerName = Annotated[
    str,
    Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,254}$", description="Name of the worker.", examples=["gpu-1"]),
]


class Drain(StrEnum):
    """How a worker stops taking jobs: with `finish` it completes its running job; with `hand_over` a training saves a
    checkpoint and is queued again, and another worker resumes it.
    """

    FINISH = "finish"
    """The worker completes its running job."""
    HAND_OVER = "hand_over"
    """A training saves a checkpoint and is queued again."""


Readiness = Literal["warm", "cold", "unserved"]
"""Readiness of a base model: loaded by a worker, not loaded by any worker, or served by no worker."""


class WorkerState(StrEnum):
    """State of a worker: `idle`: no job; `working`: runs a job; `draining`: runs its last job; `drained`: no job, and
    takes none; `silent`: has not reported for 30 seconds.
    """

    IDLE = "idle"
    WORKING = "working"
    DRAINING = "draining"
    """Runs its last job."""
    DRAINED = "drained"
    """Runs no job and takes none."""
    SILENT = "silent"
    """Was killed, is frozen, or cannot reach the database."""


class Worker(Schema):
    """A worker: an engine process that runs one job at a time."""

    name: WorkerName = Field(description="Name of the worker. It is new with every start.")
    state: WorkerState = Field(description="State of the worker.", examples=["working"])
    queues: list[str] = Field(
        description="Queues that it serves.", examples=[["training.choreo-world", "generation.choreo-world"]]
    )
    drain: Drain | None = Field(
        description="How it is requested to stop taking jobs; null while it takes jobs.", examples=[None]
    )
    job_id: JobId | None = Field(description="Id of the job that it runs; null for none.")
    started_at: Timestamp = Field(description="Time of its start.")
    seen_at: Timestamp = Field(description="Time of its last report.")
