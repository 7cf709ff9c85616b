"""What a worker does with a job: claim, beat, finish, fail, confirm a cancellation.

All but `claim` raise Fenced when another attempt owns the job, and then the refused write is on record.
"""

import logging
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import select, update

from services.concepts.versions import NewVersion, add_version
from services.db.isolation import UNREADABLE, Quarantine
from services.db.sessions import ReadSession, WriteSession
from services.db.tables import AttemptRow, ClipRow, JobRow, VersionRow
from services.jobs.files import previews
from services.jobs.files.inputs import MissingInput, load_claimed_job
from services.jobs.scheduling import concurrency, fairness, workers
from services.jobs.scheduling.backoff import BACKOFF, Backoff
from services.jobs.scheduling.notifications import notify
from services.jobs.state import events, repository
from services.jobs.state.transitions import Verb
from services.jobs.state.types import Checkpoint, ClaimedJob, HeartbeatReply, Outcome
from shared.schemas.concept import VersionClip
from shared.schemas.job import JobError, JobState, Progress, Usage
from shared.schemas.training import TrainingSpec

log = logging.getLogger(__name__)

WORKER_STOPPED = JobError(
    code="worker_stopped", message="the worker was stopped while it ran the job", retryable=True, fault="service"
)
CONCEPT_DELETED = JobError(
    code="concept_deleted", message="the concept was deleted while it was trained", retryable=False, fault="user"
)


def claim(
    session: WriteSession,
    queue: str,
    worker: str,
    *,
    now: datetime,
    lease_seconds: float,
    cached: Collection[str] = (),
    max_attempts: int = 3,
    backoff: Backoff = BACKOFF,
    quarantine: Quarantine | None = None,
) -> ClaimedJob | None:
    """Claim the next job of a queue under fair scheduling, or None. A drained worker claims none.

    `cached` are the keys of the adapters that the worker has loaded. Tenants at their limit are skipped.
    A job that recently failed on this worker is left to another idle worker, which is notified.
    The attempt at a job that this release cannot read fails, see `fail`. A job that cannot even be started is added to
    `quarantine`, and jobs in there are left out.
    """
    quarantine = quarantine or Quarantine("the claim of")
    if not workers.accepts_jobs(session, worker):
        workers.notify_other_worker(session, queue, now)
        return None
    at_limit, avoiding = concurrency.tenants_at_limit(session), None
    while candidate := fairness.fairest(
        session, queue, now, cached, at_limit, avoiding=avoiding, left_out=quarantine.ids
    ):
        if avoiding is None and _should_leave_to_another(session, candidate, worker, now):
            avoiding = worker
            workers.notify_other_worker(session, queue, now)
            continue
        if not concurrency.may_start(session, candidate.tenant_id):
            at_limit |= {candidate.tenant_id}
            continue

        def start(job: JobRow) -> ClaimedJob | None:
            started = _start(session, job, worker, now, now + timedelta(seconds=lease_seconds))
            return _load(session, started, now, max_attempts, backoff) if started else None

        for job in filter(None, quarantine.process(session, {candidate.id: candidate}, start)):
            return job
    return None


def beat(
    session: WriteSession,
    job_id: str,
    attempt: int,
    *,
    now: datetime,
    lease_seconds: float,
    progress: Progress | None = None,
    checkpoint: Checkpoint | None = None,
    resumed_from_step: int | None = None,
    usage: Usage | None = None,
) -> HeartbeatReply:
    """Extend the lease and store progress, a checkpoint and the attempt's usage so far."""
    what = "keep a checkpoint" if checkpoint else "beat"
    job = repository.lock_attempt(session, job_id, attempt, what, now)
    lease_until = now + timedelta(seconds=lease_seconds)
    columns = {"checkpoint": checkpoint.model_dump()} if checkpoint else {}
    repository.set_columns(session, job, {"lease_until": lease_until} | columns)
    if resumed_from_step is not None:
        here = (AttemptRow.job_id == job_id, AttemptRow.number == attempt)
        session.execute(update(AttemptRow).where(*here).values(resumed_from_step=resumed_from_step))
    _add_usage(session, job, usage)
    if progress is not None and progress.model_dump() != job.progress:
        repository.set_progress(session, job, progress, now)
    return HeartbeatReply(
        cancel=job.state == JobState.CANCELING,
        finish_by=job.finish_by,
        lease_until=lease_until,
        checkpoints_asked=job.checkpoints_asked,
        previews=previews.pending(job),
        num_requests=job.checkpoints_asked + job.previews_asked,
    )


def num_requests(session: ReadSession, job_id: str, attempt: int) -> int | None:
    """Number of requests made of the job; None when this attempt should stop or does not own the job any more."""
    running = (JobRow.id == job_id, JobRow.attempt == attempt, JobRow.state == JobState.RUNNING)
    return session.scalar(select(JobRow.checkpoints_asked + JobRow.previews_asked).where(*running))


def finish(session: WriteSession, job_id: str, attempt: int, outcome: Outcome, *, now: datetime) -> JobRow:
    """The job succeeded. A training creates its concept's next version, or fails if the concept was deleted."""
    job = repository.lock_attempt(session, job_id, attempt, "finish", now)
    _add_usage(session, job, outcome.usage)
    files = [file.model_dump() for file in outcome.artifacts]
    if job.kind != "training":
        result = {"manifest_key": outcome.manifest_key, "artifacts": files}
        return _succeed(session, job, result | (_metrics(outcome) if job.kind == "evaluation" else {}), now)
    version = _add_version(session, job, outcome, now)
    if version is None:
        return _end_in_failure(session, job, CONCEPT_DELETED, now)
    result = {"concept_id": version.concept_id, "version": version.version, "metrics": outcome.metrics}
    job = _succeed(session, job, result | {"artifacts": files}, now)
    events.record_version(session, job, version, now)
    return job


def fail(
    session: WriteSession,
    job_id: str,
    attempt: int,
    error: JobError,
    *,
    now: datetime,
    max_attempts: int = 3,
    usage: Usage | None = None,
    backoff: Backoff = BACKOFF,
) -> JobRow:
    """The attempt failed. A retryable service error requeues the job with backoff while it has attempts left.

    Released attempts do not count.
    """
    job = repository.lock_attempt(session, job_id, attempt, "fail", now)
    _add_usage(session, job, usage)
    return _fail(session, job, error, now, max_attempts, backoff)


def _fail(
    session: WriteSession, job: JobRow, error: JobError, now: datetime, max_attempts: int, backoff: Backoff
) -> JobRow:
    counts = failure_counts(session, job)
    num_failed = counts.failed + 1
    if error.retryable and error.fault == "service" and num_failed + counts.lost < max_attempts:
        return requeue(session, job, "failed", now, error, backoff.after_failure(num_failed, counts.lost))
    return _end_in_failure(session, job, error, now)


def release(session: WriteSession, job_id: str, attempt: int, *, now: datetime, usage: Usage | None = None) -> JobRow:
    """The worker shuts down or is drained: requeue the job at once."""
    job = repository.lock_attempt(session, job_id, attempt, "release", now)
    _add_usage(session, job, usage)
    return requeue(session, job, "failed", now, WORKER_STOPPED)


def confirm_canceled(
    session: WriteSession, job_id: str, attempt: int, *, now: datetime, usage: Usage | None = None
) -> JobRow:
    """The engine has stopped a canceling job. Raises IllegalTransition if no cancellation was requested."""
    job = repository.lock_attempt(session, job_id, attempt, "confirm_canceled", now)
    _add_usage(session, job, usage)
    repository.end_attempt(session, job, "canceled", now)
    return repository.change_held(session, job, Verb.CONFIRM_CANCELED, now)


def refused(session: WriteSession, job_id: str, attempt: int, what: str, *, now: datetime) -> None:
    """Record that an attempt was refused a write to storage."""
    repository.record_refused_write(session, job_id, attempt, what, now)


class FailureCounts(NamedTuple):
    """Numbers of a job's failed and lost attempts. Released attempts do not count."""

    failed: int
    lost: int


def failure_counts(session: ReadSession, job: JobRow) -> FailureCounts:
    """The failure counts of a job so far."""
    ended = [attempt for attempt in repository.attempts_of(session, job.id) if attempt.outcome in ("failed", "lost")]
    bad = [attempt.outcome for attempt in ended if (attempt.error or {}).get("code") != WORKER_STOPPED.code]
    return FailureCounts(bad.count("failed"), bad.count("lost"))


def requeue(
    session: WriteSession,
    job: JobRow,
    outcome: str,
    now: datetime,
    error: JobError | None = None,
    wait: timedelta = timedelta(0),
) -> JobRow:
    """End a locked job's attempt and requeue it after `wait`. A canceling job is canceled instead."""
    repository.end_attempt(session, job, outcome, now, error.model_dump() if error else None)
    due = now + wait
    values = {
        "lease_until": None,
        "not_before": due if wait else None,
        "progress": Progress().model_dump(),
    }
    job = repository.change_held(session, job, Verb.REQUEUE, now, values)
    if job.state == JobState.QUEUED:
        notify(session, job.queue, due)
    return job


def _should_leave_to_another(session: ReadSession, job: JobRow, worker: str, now: datetime) -> bool:
    return fairness.is_avoided(session, job, worker, now) and workers.has_other_idle_worker(
        session, worker, job.queue, now
    )


def _start(session: WriteSession, job: JobRow, worker: str, now: datetime, lease_until: datetime) -> JobRow | None:
    values = {
        "attempt": job.attempt + 1,
        "lease_until": lease_until,
        "not_before": None,
        "started_at": job.started_at or now,
        "progress": Progress(phase="starting").model_dump(),
    }
    claimed = repository.change(session, job, Verb.CLAIM, now, values)
    if claimed is None:
        return None
    fairness.mark_served(session, claimed)
    workers.notify_next(session, worker, claimed.queue, now)
    attempt = {"number": claimed.attempt, "worker": worker, "outcome": "running", "usage": Usage().model_dump()}
    session.add(AttemptRow(job_id=claimed.id, started_at=now, **attempt))
    return claimed


def _load(session: WriteSession, job: JobRow, now: datetime, max_attempts: int, backoff: Backoff) -> ClaimedJob | None:
    """The started job for its worker; None after its attempt has failed, because it cannot be read or run."""
    try:
        return load_claimed_job(session, job)
    except MissingInput as missing:
        _end_in_failure(session, job, missing.error, now)
    except UNREADABLE as error:
        log.exception("%s: attempt %d failed: the job cannot be read", job.id, job.attempt)
        message = f"the worker cannot read the job ({type(error).__name__})"
        unreadable = JobError(code="internal", message=message, retryable=True, fault="service")
        _fail(session, job, unreadable, now, max_attempts, backoff)
    return None


def _succeed(session: WriteSession, job: JobRow, result: dict[str, Any], now: datetime) -> JobRow:
    repository.end_attempt(session, job, "succeeded", now)
    progress = Progress.model_validate(job.progress | {"fraction": 1.0, "eta_seconds": 0.0})
    values = {"result": result, "progress": progress.model_dump(), "checkpoint": None}
    return repository.change_held(session, job, Verb.FINISH, now, values)


def _metrics(outcome: Outcome) -> dict[str, Any]:
    names = ("metrics", "base_metrics", "not_measured")
    return {name: getattr(outcome, name) for name in names}


def _end_in_failure(session: WriteSession, job: JobRow, error: JobError, now: datetime) -> JobRow:
    repository.end_attempt(session, job, "failed", now, error.model_dump())
    return repository.change_held(session, job, Verb.FAIL, now, {"error": error.model_dump()})


def _add_version(session: WriteSession, job: JobRow, outcome: Outcome, now: datetime) -> VersionRow | None:
    spec = TrainingSpec.model_validate(job.spec)
    wanted = [clip.clip_id for clip in spec.clips]
    hashes = {
        row.id: row.sha256 for row in session.rows(select(ClipRow.id, ClipRow.sha256).where(ClipRow.id.in_(wanted)))
    }
    new = NewVersion(
        concept_id=spec.concept_id,
        job_id=job.id,
        manifest_key=outcome.manifest_key,
        artifacts=outcome.artifacts,
        base=outcome.base,
        recipe=spec.recipe,
        clips=tuple(
            VersionClip(clip_id=clip.clip_id, caption=clip.caption, sha256=hashes.get(clip.clip_id))
            for clip in spec.clips
        ),
        metrics=outcome.metrics,
    )
    return add_version(session, job.tenant_id, new, now)


def _add_usage(session: WriteSession, job: JobRow, usage: Usage | None) -> None:
    """Set the present attempt's usage, and the job's usage to the total of its attempts."""
    if usage is None:
        return
    here = (AttemptRow.job_id == job.id, AttemptRow.number == job.attempt)
    session.execute(update(AttemptRow).where(*here).values(usage=usage.model_dump()))
    spent = [Usage.model_validate(attempt.usage) for attempt in repository.attempts_of(session, job.id)]
    total = Usage(
        gpu_seconds=sum(one.gpu_seconds for one in spent),
        peak_memory_bytes=max(one.peak_memory_bytes for one in spent),
    )
    repository.set_columns(session, job, {"usage": total.model_dump()})
