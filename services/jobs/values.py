"""The frozen values that pass between the record and a worker."""

from dataclasses import dataclass, field
from datetime import datetime

from pydantic import Field

from shared.schemas.common import Schema, StoredFile
from shared.schemas.concept import BaseModelStamp
from shared.schemas.job import JobKind, Spec, Usage


class Checkpoint(Schema):
    """The newest resumable state of a training; `files` are what the engine needs to go on from `step`."""

    step: int = Field(ge=0)
    attempt: int = Field(ge=1)
    files: tuple[StoredFile, ...]


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


@dataclass(frozen=True)
class Beat:
    """What a worker learns by beating: whether to stop, until when it may go on, how long its lease lasts."""

    cancel: bool
    finish_by: datetime | None
    lease_until: datetime
    checkpoints_asked: int = 0


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
