"""Jobs and their counts, attempts, round-robin counters, logs, metric points and workers."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from services.db.tables.base import Counter, Id, JsonList, JsonObject, Table, Tenant, partial

_QUEUED = "state = 'queued'"
_UNFINISHED = "state IN ('queued', 'running', 'canceling')"


class JobRow(Table):
    """A job.

    `adapter_key` names the adapter that it loads, `checkpoint` is the newest one. `not_before` ends the backoff of a
    queued job. `notify_at` is unused; a later release removes it. `collected_at` is when its orphaned objects were
    removed.
    """

    __tablename__ = "jobs"
    __table_args__ = (
        partial("ix_jobs_oldest", "queue", "created_at", where=_QUEUED),
        partial("ix_jobs_start_by", "start_by", where=f"{_QUEUED} AND start_by IS NOT NULL"),
        partial("ix_jobs_finish_by", "finish_by", where=f"{_UNFINISHED} AND finish_by IS NOT NULL"),
        partial("ix_jobs_failed", "id", where="state = 'failed'"),
        partial("ix_jobs_results", "tenant_id", "kind", where="result IS NOT NULL"),
        partial("ix_jobs_previews", "tenant_id", where="previews_asked > 0"),
        Index("ix_jobs_tenant_state", "tenant_id", "state", "id"),
        Index("ix_jobs_tenant_kind", "tenant_id", "kind", "id"),
        Index("ix_jobs_past", "queue", "state", "finished_at"),
        Index("ix_jobs_lease", "state", "lease_until"),
        Index("ix_jobs_leftovers", "collected_at", "finished_at"),
        Index(None, "tenant_id", "id"),
        Index(None, "retry_of"),
    )

    id: Mapped[Id]
    tenant_id: Mapped[Tenant]
    kind: Mapped[str]
    queue: Mapped[str]
    state: Mapped[str]
    state_seq: Mapped[int]
    attempt: Mapped[int]
    priority: Mapped[int]
    spec: Mapped[JsonObject]
    base_model: Mapped[str]
    concept_id: Mapped[str | None] = mapped_column(index=True)
    adapter_key: Mapped[str] = mapped_column("warm_key")
    progress: Mapped[JsonObject]
    checkpoint: Mapped[JsonObject | None]
    result: Mapped[JsonObject | None]
    error: Mapped[JsonObject | None]
    usage: Mapped[JsonObject]
    warnings: Mapped[JsonList | None]  # null: submitted before the service had warnings
    labels: Mapped[JsonObject] = mapped_column("metadata")
    webhook_url: Mapped[str | None]
    traceparent: Mapped[str | None]
    retry_of: Mapped[str | None]
    start_by: Mapped[datetime | None]
    finish_by: Mapped[datetime | None]
    lease_until: Mapped[datetime | None]
    not_before: Mapped[datetime | None]
    notify_at: Mapped[datetime | None] = mapped_column("ring_at")
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    checkpoints_asked: Mapped[int] = mapped_column(default=0, server_default="0")  # how often a caller asked for one
    previews: Mapped[JsonList] = mapped_column(default=list, server_default=text("'[]'"))
    previews_asked: Mapped[int] = mapped_column(default=0, server_default="0")
    promoted_step: Mapped[int | None]  # of the training `retry_of`, whose checkpoint it makes a version of
    keep_days: Mapped[float | None]  # after its end
    delete_at: Mapped[datetime | None] = mapped_column(index=True)
    deleted_at: Mapped[datetime | None]  # then only what it used is left of it
    collected_at: Mapped[datetime | None]


_BY_AGE = (JobRow.priority.desc(), JobRow.created_at, JobRow.id)
partial("ix_jobs_waiting", JobRow.queue, JobRow.tenant_id, *_BY_AGE, where=_QUEUED)
partial("ix_jobs_adapter", JobRow.queue, JobRow.tenant_id, JobRow.adapter_key, *_BY_AGE, where=_QUEUED)


class JobCountRow(Table):
    """The number of jobs of a tenant that were created on one day (UTC, `2026-01-31`), by queue and state.

    `JobCountChangeRow` has what is not added up yet. Triggers of the database append the changes of every job.
    """

    __tablename__ = "job_counts"
    __table_args__ = (partial("ix_job_counts_queued", "queue", "tenant_id", where=_QUEUED),)

    tenant_id: Mapped[Id]
    day: Mapped[Id]
    queue: Mapped[Id]
    state: Mapped[Id]
    kind: Mapped[str]
    num: Mapped[int]
    gpu_seconds: Mapped[float]


class JobCountChangeRow(Table):
    """What a statement changed in the counts of jobs."""

    __tablename__ = "job_count_changes"

    id: Mapped[Counter]
    tenant_id: Mapped[str]
    day: Mapped[str]
    queue: Mapped[str]
    state: Mapped[str]
    kind: Mapped[str]
    num: Mapped[int]
    gpu_seconds: Mapped[float]


class AttemptRow(Table):
    """One attempt of a worker at a job."""

    __tablename__ = "job_attempts"

    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    worker: Mapped[str]
    outcome: Mapped[str]
    error: Mapped[JsonObject | None]
    resumed_from_step: Mapped[int | None]
    usage: Mapped[JsonObject]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class RefusedWriteRow(Table):
    """A write that was refused to a fenced attempt."""

    __tablename__ = "refused_writes"

    id: Mapped[Counter]
    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"))
    attempt: Mapped[int]
    what: Mapped[str]
    at: Mapped[datetime]

    __table_args__ = (Index(None, "job_id", "attempt"),)


class TurnRow(Table):
    """A tenant's round-robin counter in a queue: the number of the claim that last served it."""

    __tablename__ = "queue_turns"
    __table_args__ = (Index("ix_queue_turns_served", "queue", "served"),)

    queue: Mapped[Id]
    tenant_id: Mapped[Tenant] = mapped_column(primary_key=True)
    served: Mapped[int]


class JobLogRow(Table):
    """A log line of a job."""

    __tablename__ = "job_logs"
    __table_args__ = (Index(None, "job_id", "id"),)

    id: Mapped[Counter]
    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"))
    attempt: Mapped[int]
    level: Mapped[str]
    message: Mapped[str]
    at: Mapped[datetime]


class JobPointRow(Table):
    """A metric point of a job."""

    __tablename__ = "job_points"
    __table_args__ = (Index(None, "job_id", "attempt", "id"),)

    id: Mapped[Counter]
    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"))
    attempt: Mapped[int]
    phase: Mapped[str]
    step: Mapped[int]
    loss: Mapped[float | None]
    seconds_per_step: Mapped[float | None]
    memory_bytes: Mapped[int]
    at: Mapped[datetime]


class WorkerRow(Table):
    """A registered worker. `drain` is the requested drain mode, null without one; `warm` are the cached base models."""

    __tablename__ = "workers"

    name: Mapped[Id]
    queues: Mapped[JsonList]
    warm: Mapped[JsonList] = mapped_column(default=list, server_default=text("'[]'"))
    drain: Mapped[str | None]
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]
