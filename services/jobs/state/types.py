"""The frozen values that pass between the record and a worker."""

from dataclasses import dataclass, field
from datetime import datetime

from pydantic import Field

from shared.schemas.common import Schema, StoredFile, Timestamp
from shared.schemas.concept import BaseModelStamp
from shared.schemas.job import JobKind, Spec, Usage
from shared.schemas.preview import PreviewSpec

PREVIEWS = "previews/"
"""The folder of a training's previews, below the job's own."""


class Checkpoint(Schema):
    """The newest resumable state of a training; `files` are what the engine needs to go on from `step`."""

    step: int = Field(ge=0)
    attempt: int = Field(ge=1)
    files: tuple[StoredFile, ...]


class Preview(Schema):
    """Something that a running training was asked to perform; `file` or `error` once it has come to something."""

    number: int = Field(ge=1)
    spec: PreviewSpec
    asked_at: Timestamp
    step: int | None = None
    attempt: int | None = None
    file: StoredFile | None = None
    error: str | None = None


@dataclass(frozen=True)
class StoredClip:
    """A reference clip: its canonical video in storage, and what it shows in words."""

    clip_id: str
    key: str
    caption: str
    sha256: str | None


@dataclass(frozen=True, kw_only=True)
class ClaimedJob:
    """A job that this worker runs now, as attempt `attempt`, while it holds the lease.

    `prefix` is where this attempt's files go; `job_prefix`, its parent, is shared by all attempts.
    """

    id: str
    tenant_id: str
    kind: JobKind
    queue: str
    attempt: int
    spec: Spec
    warm_key: str
    clips: tuple[StoredClip, ...]
    missing_clips: tuple[str, ...]
    """Reference clips of an evaluation that were deleted; a training without its clips is not claimed."""
    adapter: tuple[StoredFile, ...]
    checkpoint: Checkpoint | None
    finish_by: datetime | None
    lease_until: datetime
    traceparent: str | None
    job_prefix: str
    checkpoints_asked: int = 0
    """How often somebody has asked for a checkpoint so far."""

    @property
    def prefix(self) -> str:
        return f"{self.job_prefix}attempt-{self.attempt}/"

    @property
    def previews_prefix(self) -> str:
        """Where this attempt's previews go: beside the attempts, since they are the job's and not the version's."""
        return f"{self.job_prefix}{PREVIEWS}attempt-{self.attempt}/"


@dataclass(frozen=True)
class Beat:
    """What a worker learns by beating: whether to stop, until when it may go on, how long its lease lasts, and what
    callers have asked for so far.
    """

    cancel: bool
    finish_by: datetime | None
    lease_until: datetime
    checkpoints_asked: int = 0
    previews: tuple[Preview, ...] = ()
    """Those that were asked for and are not there yet."""
    num_asked: int = 0
    """How often anything has been asked for."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a successful attempt hands over. A training has `adapter.safetensors`, a generation `video.mp4`.

    `base_metrics` and `not_measured` are an evaluation's.
    """

    manifest_key: str
    artifacts: tuple[StoredFile, ...]
    base: BaseModelStamp
    usage: Usage
    metrics: dict[str, float | None] = field(default_factory=dict[str, float | None])
    base_metrics: dict[str, float | None] = field(default_factory=dict[str, float | None])
    not_measured: dict[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class Reaped:
    """The ids of the jobs that a sweep moved on."""

    requeued: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    canceled: tuple[str, ...] = ()
