"""New jobs, from a request or as the retry of a job that failed or was canceled."""

from datetime import datetime
from typing import Any

from services.accounts import quotas
from services.db.sessions import WriteSession
from services.db.tables import JobRow
from services.jobs.scheduling.notifications import notify
from services.jobs.scheduling.queues import adapter_key, queue_of
from services.jobs.state import events, repository
from services.jobs.submission.defaults import Catalogue, JobRequest, NewSeed, new_seed, resolve_spec
from services.jobs.submission.warnings import copied_warnings, warnings_of
from shared.errors import Conflict, JobUnfinished
from shared.ids import new_id
from shared.schemas.generation import ConceptVersionRef, GenerationSpec
from shared.schemas.job import SPECS, JobKind, JobState, Progress, Spec, Usage
from shared.schemas.submission import Submission
from shared.schemas.training import TrainingSpec


def submit(
    session: WriteSession,
    tenant_id: str,
    request: JobRequest,
    catalogue: Catalogue,
    *,
    now: datetime,
    traceparent: str | None = None,
    seed: NewSeed = new_seed,
) -> JobRow:
    """Queue the job that a request describes.

    Raises:
        Invalid: the request names something that does not exist, or a value is out of limits.
        QueueFull, QuotaExceeded: the tenant's limits do not admit another job.
    """
    spec = resolve_spec(session, tenant_id, request, catalogue, seed)
    job = new_row(tenant_id, spec, request, now, traceparent)
    job.warnings = [
        warning.model_dump() for warning in warnings_of(session, tenant_id, spec, catalogue[spec.base_model])
    ]
    return enqueue(session, job, now)


def retry(
    session: WriteSession, tenant_id: str, job_id: str, *, now: datetime, traceparent: str | None = None
) -> JobRow:
    """Queue a new job with the resolved spec of a job that failed or was canceled. Deadlines are not copied.

    Raises NotFound, JobUnfinished, QueueFull, QuotaExceeded, or Conflict for a job that succeeded.
    """
    old = repository.get(session, tenant_id, job_id)
    if not JobState(old.state).is_terminal:
        raise JobUnfinished(f"{job_id} is {old.state}")
    if old.state == JobState.SUCCEEDED:
        raise Conflict(f"{job_id} succeeded; submit a new job to run it again")
    spec = SPECS[old.kind].model_validate(old.spec)
    job = new_row(tenant_id, spec, options_of(old), now, traceparent, retry_of=old.id)
    job.warnings = copied_warnings(old)
    return enqueue(session, job, now)


def options_of(job: JobRow) -> Submission:
    """The submission options that a retry or a promotion copies from the original job."""
    return Submission(webhook_url=job.webhook_url, metadata=job.labels, priority=job.priority, keep_days=job.keep_days)


def enqueue(session: WriteSession, job: JobRow, now: datetime) -> JobRow:
    """Insert a row made by `new_row`, with its first event and a notification. Raises QueueFull, QuotaExceeded."""
    limits = quotas.admit_job(session, job.tenant_id, now)
    job.keep_days = _retention_days(job.keep_days, limits.keep_jobs_days)
    session.add(job)
    events.record_state(session, job, now)
    notify(session, job.queue, now)
    return job


def new_row(
    tenant_id: str,
    spec: Spec,
    request: Submission,
    now: datetime,
    traceparent: str | None,
    *,
    retry_of: str | None = None,
) -> JobRow:
    """A queued job's row, not added to the session."""
    return JobRow(
        id=new_id("job", now),
        tenant_id=tenant_id,
        state=JobState.QUEUED,
        state_seq=1,
        attempt=0,
        spec=spec.model_dump(mode="json"),
        progress=Progress().model_dump(),
        usage=Usage().model_dump(),
        labels=request.metadata,
        priority=request.priority,
        webhook_url=request.webhook_url,
        start_by=request.deadlines.start_by,
        finish_by=request.deadlines.finish_by,
        traceparent=traceparent,
        retry_of=retry_of,
        keep_days=request.keep_days,
        created_at=now,
        **_queue_columns(spec),
    )


def _retention_days(requested: float | None, limit: float | None) -> float | None:
    """Retention in days: the shorter of the request's and the tenant's. None keeps the job without limit."""
    return min((days for days in (requested, limit) if days is not None), default=None)


def _queue_columns(spec: Spec) -> dict[str, Any]:
    """The columns that scheduling reads."""
    kind, concept_id, adapter = _kind_and_concept(spec)
    return {
        "kind": kind,
        "queue": queue_of(kind, spec.base_model),
        "base_model": spec.base_model,
        "concept_id": concept_id,
        "adapter_key": adapter_key(adapter),
    }


def _kind_and_concept(spec: Spec) -> tuple[JobKind, str | None, ConceptVersionRef | None]:
    """The kind, the concept's id, and the concept version whose adapter the job loads."""
    if isinstance(spec, TrainingSpec):
        return "training", spec.concept_id, None
    kind = "generation" if isinstance(spec, GenerationSpec) else "evaluation"
    return kind, spec.concept.concept_id if spec.concept else None, spec.concept
