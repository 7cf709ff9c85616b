"""The messages between the worker and its engine process, one JSON object per line. Imports no torch."""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from shared.schemas.common import Schema
from shared.schemas.concept import BaseModelRevision
from shared.schemas.job import JobKind
from shared.schemas.preview import PreviewSpec

MAX_CACHED_BASE_MODELS = 2
"""Base models that an engine process keeps in memory; the least recently used one is dropped first."""


class RequestClip(Schema):
    """A reference clip's file on this machine, and the caption that names its motion."""

    path: Path
    caption: str


class EngineRequest(Schema):
    """A job for the engine; every path is on this machine.

    `spec` is a TrainingSpec, GenerationSpec or EvaluationSpec as JSON. `base_folder` holds the base model whose id is
    `base_model`. `workdir` takes the job's files. `adapter` is a folder with `adapter.safetensors`, `inverted_noise`
    a file, `resume_from` the folder of a training checkpoint. `missing_clips` are the ids of an evaluation's reference
    clips that have been deleted. `clip_model` and `xclip_model` are folders of metric models.
    """

    job_id: str
    attempt: int
    kind: JobKind
    spec: dict[str, Any]
    base_folder: Path
    base_model: str
    workdir: Path
    clips: list[RequestClip] = []
    adapter: Path | None = None
    inverted_noise: Path | None = None
    resume_from: Path | None = None
    missing_clips: list[str] = []
    clip_model: Path | None = None
    xclip_model: Path | None = None


class RunCommand(Schema):
    """Append a job to the engine's queue."""

    command: Literal["run"] = "run"
    request: EngineRequest


class CancelCommand(Schema):
    """Cancel the job at its next step."""

    command: Literal["cancel"] = "cancel"
    job_id: str


class CheckpointCommand(Schema):
    """Save a checkpoint of the training after its next step."""

    command: Literal["checkpoint"] = "checkpoint"
    job_id: str


class PreviewCommand(Schema):
    """Render a preview with the adapter as it is after the training's next step. The PreviewEvent repeats `number`."""

    command: Literal["preview"] = "preview"
    job_id: str
    number: int
    spec: PreviewSpec


class StopCommand(Schema):
    """Cancel the running job, then end the process."""

    command: Literal["stop"] = "stop"


class ReadyEvent(Schema):
    """The process has started and accepts commands."""

    event: Literal["ready"] = "ready"
    pid: int
    device: str


class ProgressEvent(Schema):
    """One step is done. `fraction` is of the whole job, from 0 to 1; `eta_seconds` is for the current phase."""

    event: Literal["progress"] = "progress"
    job_id: str
    phase: Literal["loading", "encoding", "training", "previewing", "sampling", "measuring", "saving"]
    step: int
    total_steps: int
    fraction: float
    loss: float | None = None
    seconds_per_step: float | None = None
    memory_bytes: int = 0
    eta_seconds: float | None = None


class CheckpointEvent(Schema):
    """A training checkpoint was written to the folder `path`, which exists until the job ends."""

    event: Literal["checkpoint"] = "checkpoint"
    job_id: str
    step: int
    path: Path


class PreviewEvent(Schema):
    """A preview was written to the file `path`, which exists until the job ends; or it failed, as `error` says."""

    event: Literal["preview"] = "preview"
    job_id: str
    number: int
    step: int
    base: BaseModelRevision
    path: Path | None = None
    error: str | None = None


class JobStats(Schema):
    """Execution statistics for the manifest. `base_loads` and `adapter_loads` count from the start of the process."""

    base_loads: int
    adapter_loads: int
    engine_pid: int
    device: str
    base_dtype: str
    compute_dtype: str
    resumed_from_step: int | None
    peak_memory_bytes: int
    compute_seconds: float


class ResultEvent(Schema):
    """The job succeeded. `files` maps the names under which the files are stored to their paths."""

    event: Literal["result"] = "result"
    job_id: str
    files: dict[str, Path]
    base: BaseModelRevision
    report: dict[str, Any]
    stats: JobStats


class FailedEvent(Schema):
    """The job failed. `retryable` says whether another attempt may succeed."""

    event: Literal["failed"] = "failed"
    job_id: str
    code: str
    message: str
    retryable: bool
    fault: Literal["user", "service"]


class CanceledEvent(Schema):
    """The job was canceled after `step`; the engine is idle."""

    event: Literal["canceled"] = "canceled"
    job_id: str
    step: int


Command = Annotated[
    RunCommand | CancelCommand | CheckpointCommand | PreviewCommand | StopCommand, Field(discriminator="command")
]
EngineEvent = Annotated[
    ReadyEvent | ProgressEvent | CheckpointEvent | PreviewEvent | ResultEvent | FailedEvent | CanceledEvent,
    Field(discriminator="event"),
]

COMMANDS: TypeAdapter[Command] = TypeAdapter(Command)
EVENTS: TypeAdapter[EngineEvent] = TypeAdapter(EngineEvent)
