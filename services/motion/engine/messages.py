"""What the supervisor and the engine process say to each other, one JSON object a line. No torch in here."""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from shared.schemas.common import Schema
from shared.schemas.concept import BaseModelStamp
from shared.schemas.job import JobKind
from shared.schemas.preview import PreviewSpec


class RequestClip(Schema):
    """A reference clip on this machine, and the caption that names its motion."""

    path: Path
    caption: str


class EngineRequest(Schema):
    """A job for the engine. `spec` is a TrainingSpec, GenerationSpec or EvaluationSpec as JSON; paths are local.

    `adapter` is a folder that holds `adapter.safetensors`, `checkpoint` one that a CheckpointEvent named.
    `missing_clips` are ids of an evaluation's reference clips that are gone; the last two are models that measure.
    """

    job_id: str
    attempt: int
    kind: JobKind
    spec: dict[str, Any]
    base: Path
    base_model: str
    workdir: Path
    clips: list[RequestClip] = []
    adapter: Path | None = None
    noise: Path | None = None
    checkpoint: Path | None = None
    missing_clips: list[str] = []
    clip_model: Path | None = None
    xclip_model: Path | None = None


class RunCommand(Schema):
    """Run a job after those that were asked for before."""

    command: Literal["run"] = "run"
    request: EngineRequest


class CancelCommand(Schema):
    """Stop this job at its next step."""

    command: Literal["cancel"] = "cancel"
    job_id: str


class CheckpointCommand(Schema):
    """Save a resumable state of this job after its next step."""

    command: Literal["checkpoint"] = "checkpoint"
    job_id: str


class PreviewCommand(Schema):
    """Perform this with the adapter as it is after the training's next step; `number` comes back with the result."""

    command: Literal["preview"] = "preview"
    job_id: str
    number: int
    spec: PreviewSpec


class StopCommand(Schema):
    """Cancel whatever runs, then exit."""

    command: Literal["stop"] = "stop"


class ReadyEvent(Schema):
    """The process is up."""

    event: Literal["ready"] = "ready"
    pid: int
    device: str


class ProgressEvent(Schema):
    """One step is done; `fraction` is of the phase, times in seconds."""

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
    """A resumable state was saved into the folder `path`, which stays until the job ends."""

    event: Literal["checkpoint"] = "checkpoint"
    job_id: str
    step: int
    path: Path


class PreviewEvent(Schema):
    """A preview is in the file `path`, which stays until the job ends; or there is none, for the reason in `error`."""

    event: Literal["preview"] = "preview"
    job_id: str
    number: int
    step: int
    base: BaseModelStamp
    path: Path | None = None
    error: str | None = None


class Facts(Schema):
    """What happened, for proofs and manifests. The two counters are since the process began."""

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
    """The job is done; `files` by the name under which they are stored."""

    event: Literal["result"] = "result"
    job_id: str
    files: dict[str, Path]
    base: BaseModelStamp
    report: dict[str, Any]
    facts: Facts


class FailedEvent(Schema):
    """The job cannot be done; `retryable` says whether another try could go better."""

    event: Literal["failed"] = "failed"
    job_id: str
    code: str
    message: str
    retryable: bool
    fault: Literal["user", "service"]


class CanceledEvent(Schema):
    """The job was stopped after `step`, and nothing runs any more."""

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
