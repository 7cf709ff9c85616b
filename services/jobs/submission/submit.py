"""New jobs: from a request, or from an old job that failed."""

from datetime import datetime
from typing import Any

from sqlalchemy import select

from services.accounts import quotas
from services.db.sessions import ReadSession, WriteSession
from services.db.tables import ClipRow, ConceptRow, JobRow
from services.jobs.scheduling.notifications import NOTIFY_AGAIN, notify
from services.jobs.scheduling.queues import queue_of, warm_key
from services.jobs.state import events, repository
from services.jobs.submission.defaults import (
    Catalogue,
    NewSeed,
    evaluation_spec,
    generation_spec,
    new_seed,
    training_spec,
)
from shared.errors import Conflict, FieldError, Invalid, JobUnfinished
from shared.ids import new_id
from shared.schemas.clip import ClipState
from shared.schemas.evaluation import EvaluationRequest
from shared.schemas.generation import ConceptVersionRef, GenerationRequest, GenerationSpec
from shared.schemas.job import SPECS, JobKind, JobState, Progress, Spec, Usage
from shared.schemas.submission import Submission
from shared.schemas.training import TrainingRequest, TrainingSpec


def submit_training(
    session: WriteSession,
    tenant_id: str,
    request: TrainingRequest,
    catalogue: Catalogue,
    *,
    now: datetime,
    traceparent: str | None = None,
    seed: NewSeed = new_seed,
) -> JobRow:
    """Queue a training. Raises Invalid when what it names is missing or beyond a limit, QueueFull, QuotaExceeded."""
    spec = resolve_training(session, tenant_id, request, catalogue, seed)
    return add(session, new_row(tenant_id, spec, request, now, traceparent), now)


def submit_generation(
    session: WriteSession,
    tenant_id: str,
    request: GenerationRequest,
    catalogue: Catalogue,
    *,
    now: datetime,
    traceparent: str | None = None,
    seed: NewSeed = new_seed,
) -> JobRow:
    """Queue a generation. Raises Invalid when what it names is missing or beyond a limit, QueueFull, QuotaExceeded."""
    spec = generation_spec(session, tenant_id, request, catalogue, seed)
    return add(session, new_row(tenant_id, spec, request, now, traceparent), now)


def submit_evaluation(
    session: WriteSession,
    tenant_id: str,
    request: EvaluationRequest,
    catalogue: Catalogue,
    *,
    now: datetime,
    traceparent: str | None = None,
    seed: NewSeed = new_seed,
) -> JobRow:
    """Queue an evaluation. Raises Invalid when what it names is missing or beyond a limit, QueueFull, QuotaExceeded."""
    spec = evaluation_spec(session, tenant_id, request, catalogue, seed)
    return add(session, new_row(tenant_id, spec, request, now, traceparent), now)


def retry(
    session: WriteSession, tenant_id: str, job_id: str, *, now: datetime, traceparent: str | None = None
) -> JobRow:
    """A new job with the resolved spec of one that failed or was canceled; its deadlines are not taken over.

    Raises NotFound, JobUnfinished, QueueFull, QuotaExceeded, or Conflict for a job that succeeded.
    """
    old = repository.get(session, tenant_id, job_id)
    if not JobState(old.state).is_terminal:
        raise JobUnfinished(f"{job_id} is {old.state}")
    if old.state == JobState.SUCCEEDED:
        raise Conflict(f"{job_id} succeeded; submit a new job to run it again")
    spec = SPECS[old.kind].model_validate(old.spec)
    same = Submission(webhook_url=old.webhook_url, metadata=old.labels, priority=old.priority, keep_days=old.keep_days)
    return add(session, new_row(tenant_id, spec, same, now, traceparent, retry_of=old.id), now)


def resolve_training(
    session: ReadSession, tenant_id: str, request: TrainingRequest, catalogue: Catalogue, seed: NewSeed
) -> TrainingSpec:
    """What a training would run. Raises Invalid when something it names is missing, or a limit is passed."""
    concept = session.get(ConceptRow, request.concept)
    if concept is None or concept.tenant_id != tenant_id:
        raise Invalid.at("/concept", "concept_not_found", f"no concept {request.concept}")
    _check_clips(session, tenant_id, request)
    return training_spec(request, catalogue, seed)


def add(session: WriteSession, job: JobRow, now: datetime) -> JobRow:
    """Queue a job that `new_row` made. Raises QueueFull, QuotaExceeded."""
    limits = quotas.admit_job(session, job.tenant_id, now)
    job.keep_days = _shorter(job.keep_days, limits.keep_jobs_days)
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
    """A job as it is before anything happens to it; nothing is written."""
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
        notify_at=now + NOTIFY_AGAIN,
        created_at=now,
        **_addressed(spec),
    )


def _shorter(asked: float | None, granted: float | None) -> float | None:
    """How long a job is kept, in days: no longer than its tenant's are. None is for good."""
    return min((days for days in (asked, granted) if days is not None), default=None)


def _addressed(spec: Spec) -> dict[str, Any]:
    """What the queue needs to know of a job, in columns of its own."""
    kind, concept_id, adapter = _kind_of(spec)
    return {
        "kind": kind,
        "queue": queue_of(kind, spec.base_model),
        "base_model": spec.base_model,
        "concept_id": concept_id,
        "warm_key": warm_key(adapter),
    }


def _kind_of(spec: Spec) -> tuple[JobKind, str | None, ConceptVersionRef | None]:
    """The kind, the concept and the version that is performed."""
    if isinstance(spec, TrainingSpec):
        return "training", spec.concept_id, None
    kind = "generation" if isinstance(spec, GenerationSpec) else "evaluation"
    return kind, spec.concept.concept_id if spec.concept else None, spec.concept


def _check_clips(session: ReadSession, tenant_id: str, request: TrainingRequest) -> None:
    wanted = [clip.clip_id for clip in request.clips]
    query = select(ClipRow.id, ClipRow.state).where(ClipRow.tenant_id == tenant_id, ClipRow.id.in_(wanted))
    states = {row.id: row.state for row in session.rows(query)}
    errors: list[FieldError] = []
    for index, clip_id in enumerate(wanted):
        pointer, state = f"/clips/{index}/clip_id", states.get(clip_id)
        if state is None:
            errors.append(FieldError(pointer, "clip_not_found", f"no clip {clip_id}"))
        elif state != ClipState.READY:
            errors.append(FieldError(pointer, "clip_not_ready", f"{clip_id} is {state}"))
    if errors:
        raise Invalid("; ".join(error.message for error in errors), errors=tuple(errors))
