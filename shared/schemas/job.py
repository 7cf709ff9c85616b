"""The job resource: one union, discriminated on `kind`."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from shared.schemas.common import Artifact, ConceptId, JobId, Metadata, RequestSchema, Schema, Timestamp
from shared.schemas.evaluation import EvaluationSpec
from shared.schemas.generation import GenerationSpec
from shared.schemas.preview import JobPreview
from shared.schemas.submission import Deadlines
from shared.schemas.training import TrainingSpec

JobKind = Literal["training", "generation", "evaluation"]
Spec = TrainingSpec | GenerationSpec | EvaluationSpec
SPECS: dict[str, type[Spec]] = {"training": TrainingSpec, "generation": GenerationSpec, "evaluation": EvaluationSpec}
"""What each kind of job runs."""
AttemptOutcome = Literal["running", "succeeded", "failed", "canceled", "lost"]


class JobState(StrEnum):
    """Where a job stands; the last three never change."""

    QUEUED = "queued"
    RUNNING = "running"
    CANCELING = "canceling"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"

    @property
    def is_terminal(self) -> bool:
        return self in (JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELED)


ACTIVE = (JobState.RUNNING, JobState.CANCELING)
"""The states in which an attempt holds a lease."""


class Progress(Schema):
    """How far the present attempt is."""

    fraction: float = Field(default=0.0, ge=0, le=1)
    phase: str = "queued"
    step: int = Field(default=0, ge=0)
    total_steps: int = Field(default=0, ge=0)
    eta_seconds: float | None = Field(default=None, ge=0)


class JobError(Schema):
    """Why a job failed, and whose fault it is."""

    code: str
    message: str
    retryable: bool
    fault: Literal["user", "service"]


class RefusedWrite(Schema):
    """Something that a fenced attempt tried to write and was not let."""

    what: str
    at: Timestamp


class Attempt(Schema):
    """One worker's try at the job."""

    number: int = Field(ge=1)
    worker: str
    started_at: Timestamp
    ended_at: Timestamp | None
    outcome: AttemptOutcome
    error: JobError | None
    resumed_from_step: int | None
    refused_writes: list[RefusedWrite]


class Usage(Schema):
    """What the job cost so far, all attempts together."""

    gpu_seconds: float = Field(default=0.0, ge=0)
    peak_memory_bytes: int = Field(default=0, ge=0)


class JobUrls(Schema):
    """Where to read on."""

    self: str
    events: str
    cancel: str


class PromotionRequest(RequestSchema):
    """Which checkpoint of a training becomes a version."""

    step: int | None = Field(
        default=None, ge=1, description="The step that it was saved after; the newest one when left out."
    )


class JobCheckpoint(Schema):
    """The newest place from which a training could go on."""

    step: int = Field(ge=0)
    attempt: int = Field(ge=1)


class TrainingResult(Schema):
    """The version that a training made."""

    concept_id: ConceptId
    version: int = Field(ge=1)
    metrics: dict[str, float | None]
    artifacts: list[Artifact]


class GenerationResult(Schema):
    """The video that a generation made."""

    video: Artifact
    artifacts: list[Artifact]


class EvaluationResult(Schema):
    """What an evaluation measured; `report.json`, among the artifacts, has the scores of every clip and says how."""

    concept_id: ConceptId
    version: int = Field(ge=1)
    metrics: dict[str, float | None]
    base_metrics: dict[str, float | None] = Field(description="The same of the plain base with the same prompts.")
    not_measured: dict[str, str] = Field(description="What could not be measured, and why.")
    previews: list[Artifact] = Field(description="A clip for each prompt, performed with the first seed.")
    artifacts: list[Artifact]


class _JobBase(Schema):
    id: JobId
    state: JobState
    state_seq: int = Field(ge=1, description="Rises by one with every change; the same in GET, SSE and webhooks.")
    attempt: int = Field(ge=0)
    progress: Progress
    queue_position: int | None = Field(description="How many jobs go first; null unless queued.")
    error: JobError | None
    attempts: list[Attempt]
    deadlines: Deadlines
    usage: Usage
    metadata: Metadata
    priority: int
    webhook_url: str | None
    retry_of: JobId | None
    delete_at: Timestamp | None = Field(description="When it is deleted with its files; known from its end on.")
    created_at: Timestamp
    not_before: Timestamp | None = Field(
        description="Until when a job waits after an attempt that failed; null unless queued for another one."
    )
    started_at: Timestamp | None
    finished_at: Timestamp | None
    urls: JobUrls


class TrainingJob(_JobBase):
    """A training."""

    kind: Literal["training"]
    spec: TrainingSpec
    checkpoint: JobCheckpoint | None = Field(description="The newest one; null once the training has succeeded.")
    previews: list[JobPreview] = Field(description="What it was asked to show while it ran, in that order.")
    promoted_step: int | None = Field(description="The step of `retry_of` whose checkpoint it makes a version of.")
    result: TrainingResult | None


class GenerationJob(_JobBase):
    """A generation."""

    kind: Literal["generation"]
    spec: GenerationSpec
    result: GenerationResult | None


class EvaluationJob(_JobBase):
    """An evaluation."""

    kind: Literal["evaluation"]
    spec: EvaluationSpec
    result: EvaluationResult | None


Job = Annotated[TrainingJob | GenerationJob | EvaluationJob, Field(discriminator="kind")]
