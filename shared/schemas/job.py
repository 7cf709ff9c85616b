"""The job resource: a union of trainings, generations and evaluations, discriminated on `kind`."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from shared.schemas.common import (
    Artifact,
    ConceptId,
    CreatedAt,
    JobId,
    Metadata,
    Metrics,
    RequestSchema,
    Schema,
    Timestamp,
)
from shared.schemas.evaluation import EvaluationSpec
from shared.schemas.generation import GenerationSpec
from shared.schemas.preview import JobPreview
from shared.schemas.submission import Deadlines, JobWarning
from shared.schemas.training import TrainingSpec

JobKind = Literal["training", "generation", "evaluation"]
Spec = TrainingSpec | GenerationSpec | EvaluationSpec
SPECS: dict[str, type[Spec]] = {"training": TrainingSpec, "generation": GenerationSpec, "evaluation": EvaluationSpec}
"""The specification of each kind of job."""
AttemptOutcome = Literal["running", "succeeded", "failed", "canceled", "lost"]
StateSeq = Annotated[
    int,
    Field(
        ge=1,
        description="Number of the job's last change. It rises by one with every change and is the same in GET, in "
        "Server-Sent Events and in webhooks.",
        examples=[7],
    ),
]
VersionNumber = Annotated[int, Field(ge=1, description="Number of the version.", examples=[3])]
Artifacts = Annotated[list[Artifact], Field(description="All files of the result.")]
JOB_URL = "https://choreo.example.com/v1/jobs/job_01KAPZ6V3W8Q0M4N5R6S7T8V9X"


class JobState(StrEnum):
    """State of a job. `succeeded`, `failed` and `canceled` are final."""

    QUEUED = "queued"
    RUNNING = "running"
    CANCELING = "canceling"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"

    @property
    def is_terminal(self) -> bool:
        """Whether the state is final."""
        return self in (JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELED)


ACTIVE = (JobState.RUNNING, JobState.CANCELING)
"""The states in which an attempt holds a lease."""


class Progress(Schema):
    """Progress of the current attempt."""

    fraction: float = Field(default=0.0, ge=0, le=1, description="Completed fraction of the attempt.", examples=[1.0])
    phase: str = Field(
        default="queued",
        description="Current phase: `queued`, `starting`, `loading`, `encoding`, `training`, `previewing`, `sampling`, "
        "`measuring` or `saving`.",
        examples=["saving"],
    )
    step: int = Field(default=0, ge=0, description="Completed steps of the phase.", examples=[3])
    total_steps: int = Field(default=0, ge=0, description="Steps of the phase.", examples=[3])
    eta_seconds: float | None = Field(
        default=None,
        ge=0,
        description="Estimated time to the end of the phase, in seconds; null while it is unknown.",
        examples=[0.0],
    )


class JobError(Schema):
    """Reason of a failed job or attempt."""

    code: str = Field(description="Stable error code (docs/errors.md).", examples=["engine_died"])
    message: str = Field(description="Text for people. It may change.", examples=["The engine process has exited."])
    retryable: bool = Field(description="Whether the same job may succeed later.", examples=[True])
    fault: Literal["user", "service"] = Field(
        description="Cause: `user`: the request or its data; `service`: the service itself.", examples=["service"]
    )


class RefusedWrite(Schema):
    """A write that was refused because the attempt no longer owned the job."""

    what: str = Field(description="The refused operation.", examples=["finish"])
    at: Timestamp = Field(description="Time of the refusal.")


class Attempt(Schema):
    """One execution of the job by a worker."""

    number: int = Field(ge=1, description="Number of the attempt, from 1.", examples=[1])
    worker: str = Field(description="Name of the worker.", examples=["gpu-1"])
    started_at: Timestamp = Field(description="Time at which the worker claimed the job.")
    ended_at: Timestamp | None = Field(description="Time of its end; null while it runs.")
    outcome: AttemptOutcome = Field(
        description="Result of the attempt. `lost`: the worker stopped renewing its lease.", examples=["succeeded"]
    )
    error: JobError | None = Field(description="Reason of the failure; null unless it failed.", examples=[None])
    resumed_from_step: int | None = Field(
        description="Step of the checkpoint that the attempt resumed from; null if it started from the beginning.",
        examples=[None],
    )
    refused_writes: list[RefusedWrite] = Field(
        description="Writes that were refused because another attempt owned the job.", examples=[[]]
    )


class Usage(Schema):
    """Resources that the job has used, summed over its attempts."""

    gpu_seconds: float = Field(default=0.0, ge=0, description="Time on the compute device in seconds.", examples=[42.5])
    peak_memory_bytes: int = Field(
        default=0, ge=0, description="Greatest peak memory of an attempt, in bytes.", examples=[3221225472]
    )


class JobUrls(Schema):
    """URLs of the job's endpoints."""

    self: str = Field(description="URL of the job.", examples=[JOB_URL])
    events: str = Field(description="URL of its stream of Server-Sent Events.", examples=[f"{JOB_URL}/events"])
    cancel: str = Field(description="URL that cancels it by a POST.", examples=[f"{JOB_URL}/cancel"])


class PromotionRequest(RequestSchema):
    """Request to make a version from a checkpoint of a training."""

    step: int | None = Field(
        default=None,
        ge=1,
        description="Number of training steps of the checkpoint. Default: the newest checkpoint.",
        examples=[200],
    )


class JobCheckpoint(Schema):
    """The newest checkpoint of a training, from which another attempt would resume."""

    step: int = Field(ge=0, description="Number of training steps.", examples=[200])
    attempt: int = Field(ge=1, description="Number of the attempt that saved it.", examples=[1])


class TrainingResult(Schema):
    """Result of a training: a version of its concept."""

    concept_id: ConceptId
    version: VersionNumber
    metrics: Metrics
    artifacts: Artifacts


class GenerationResult(Schema):
    """Result of a generation: a video."""

    video: Artifact = Field(description="The video.")
    artifacts: Artifacts


class EvaluationResult(Schema):
    """Result of an evaluation. Its artifact `report.json` has the scores of every video and how they were measured."""

    concept_id: ConceptId
    version: VersionNumber
    metrics: Metrics
    base_metrics: Metrics = Field(
        description="The same metrics of the base model without the adapter, with the same prompts and seeds.",
        examples=[{"text_alignment": 0.95, "motion_fidelity": 0.34}],
    )
    not_measured: dict[str, str] = Field(
        description="Reasons by the name of each metric that could not be measured.",
        examples=[{"video_text_alignment": "no X-CLIP is configured"}],
    )
    previews: list[Artifact] = Field(description="One video for each prompt, generated with the first seed.")
    artifacts: Artifacts


class _JobBase(Schema):
    id: JobId
    state: JobState = Field(description="State of the job.", examples=["succeeded"])
    state_seq: StateSeq
    attempt: int = Field(
        ge=0, description="Number of the current or last attempt; 0 before the first one.", examples=[1]
    )
    progress: Progress = Field(description="Phase and step that the current attempt has reached.")
    queue_position: int | None = Field(
        description="Number of jobs that start before it; null unless the job is queued.", examples=[None]
    )
    error: JobError | None = Field(description="Reason of the failure; null unless it failed.", examples=[None])
    warnings: list[JobWarning] = Field(
        description="Reasons why the result may be poor although the request was accepted; empty without any.",
        examples=[[]],
    )
    attempts: list[Attempt] = Field(description="Every attempt, in order.")
    deadlines: Deadlines = Field(description="Deadlines of the job.")
    usage: Usage = Field(description="Resources that the job has used.")
    metadata: Metadata
    priority: int = Field(description="Priority among the tenant's own jobs, from -10 to 10.", examples=[0])
    webhook_url: str | None = Field(
        description="URL that receives this job's webhooks; null for none.",
        examples=["https://example.com/hooks/choreo"],
    )
    retry_of: JobId | None = Field(
        description="Id of the job that this one retries, or whose checkpoint it promotes; null for neither.",
        examples=[None],
    )
    delete_at: Timestamp | None = Field(
        description="Time at which the job is deleted with its files; null before its end or if it is kept.",
        examples=[None],
    )
    created_at: CreatedAt
    not_before: Timestamp | None = Field(
        description="Time before which the next attempt does not start; null unless the job waits after a failed one.",
        examples=[None],
    )
    started_at: Timestamp | None = Field(description="Time at which the first attempt started; null before that.")
    finished_at: Timestamp | None = Field(description="Time at which the job reached a final state; null before that.")
    urls: JobUrls = Field(description="URLs for reading, following and canceling the job.")


class TrainingJob(_JobBase):
    """A training."""

    kind: Literal["training"] = Field(description="Kind of the job.")
    spec: TrainingSpec = Field(description="The training with every default resolved.")
    checkpoint: JobCheckpoint | None = Field(
        description="The newest checkpoint; null if there is none and once the training has succeeded.", examples=[None]
    )
    previews: list[JobPreview] = Field(description="Every preview that was requested, in order.")
    promoted_step: int | None = Field(
        description="Step of the checkpoint of `retry_of` that this training makes a version of; null otherwise.",
        examples=[None],
    )
    result: TrainingResult | None = Field(description="The new version; null unless the training succeeded.")


class GenerationJob(_JobBase):
    """A generation."""

    kind: Literal["generation"] = Field(description="Kind of the job.")
    spec: GenerationSpec = Field(description="The generation with every default resolved.")
    result: GenerationResult | None = Field(description="The video; null unless the generation succeeded.")


class EvaluationJob(_JobBase):
    """An evaluation."""

    kind: Literal["evaluation"] = Field(description="Kind of the job.")
    spec: EvaluationSpec = Field(description="The evaluation with every default resolved.")
    result: EvaluationResult | None = Field(description="The metrics; null unless the evaluation succeeded.")


Job = Annotated[TrainingJob | GenerationJob | EvaluationJob, Field(discriminator="kind")]
