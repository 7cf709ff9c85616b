"""Immutable types that job operations exchange with a worker."""

from dataclasses import dataclass, field
from datetime import datetime

from pydantic import Field

from shared.schemas.common import Schema, StoredFile, Timestamp
from shared.schemas.concept import BaseModelRevision
from shared.schemas.job import JobKind, Spec, Usage
from shared.schemas.preview import PreviewSpec

PREVIEWS = "previews/"
"""The prefix of a training's previews, below the job's prefix."""


class Checkpoint(Schema):
    """The newest resumable training state. The engine resumes from `step` with `files`."""

    step: int = Field(ge=0)
    attempt: int = Field(ge=1)
    files: tuple[StoredFile, ...]


class PreviewEntry(Schema):
    """A requested preview of a running training. `file` or `error` is set once it is finished."""

    number: int = Field(ge=1)
    spec: PreviewSpec
    asked_at: Timestamp
    step: int | None = None
    attempt: int | None = None
    file: StoredFile | None = None
    error: str | None = None


@dataclass(frozen=True)
class StoredClip:
    """A reference clip: the storage key of its canonical video, and its caption."""

    clip_id: str
    key: str
    caption: str
    sha256: str | None


@dataclass(frozen=True, kw_only=True)
class ClaimedJob:
    """A job that a worker has claimed as attempt `attempt`, valid while the lease is held.

    `prefix` is the storage prefix of this attempt's files; `job_prefix`, its parent, is shared by all attempts.
    """

    id: str
    tenant_id: str
    kind: JobKind
    queue: str
    attempt: int
    spec: Spec
    adapter_key: str
    clips: tuple[StoredClip, ...]
    missing_clips: tuple[str, ...]
    """Deleted reference clips of an evaluation. A training with a deleted clip fails when it is claimed."""
    adapter: tuple[StoredFile, ...]
    checkpoint: Checkpoint | None
    finish_by: datetime | None
    lease_until: datetime
    traceparent: str | None
    job_prefix: str
    checkpoints_asked: int = 0
    """Number of checkpoints requested so far."""

    @property
    def prefix(self) -> str:
        return f"{self.job_prefix}attempt-{self.attempt}/"

    @property
    def previews_prefix(self) -> str:
        """The storage prefix of this attempt's previews. It lies beside the attempts: previews belong to the job."""
        return f"{self.job_prefix}{PREVIEWS}attempt-{self.attempt}/"


@dataclass(frozen=True)
class HeartbeatReply:
    """The answer to a heartbeat: cancellation, deadline, end of the lease, and the requests made so far."""

    cancel: bool
    finish_by: datetime | None
    lease_until: datetime
    checkpoints_asked: int = 0
    previews: tuple[PreviewEntry, ...] = ()
    """Requested previews that are not finished."""
    num_requests: int = 0
    """Number of checkpoints and previews requested so far."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The result of a successful attempt. A training has `adapter.safetensors`, a generation `video.mp4`.

    `base_metrics` and `not_measured` belong to evaluations.
    """

    manifest_key: str
    artifacts: tuple[StoredFile, ...]
    base: BaseModelRevision
    usage: Usage
    metrics: dict[str, float | None] = field(default_factory=dict[str, float | None])
    base_metrics: dict[str, float | None] = field(default_factory=dict[str, float | None])
    not_measured: dict[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class Reaped:
    """The ids of the jobs that one sweep requeued, failed or canceled."""

    requeued: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    canceled: tuple[str, ...] = ()
