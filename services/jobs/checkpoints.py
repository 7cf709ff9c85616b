"""Checkpoints on request, and versions made of them."""

from datetime import datetime

from services.db.sessions import WriteSession
from services.db.tables import JobRow
from services.jobs import repository
from services.jobs.submission import add, new_row
from services.jobs.values import Checkpoint
from shared.errors import Conflict, JobUnfinished
from shared.schemas.job import JobState
from shared.schemas.submission import Submission
from shared.schemas.training import TrainingSpec


class NotATraining(Conflict):
    """Only trainings have checkpoints."""

    code, title = "not_a_training", "Not a training"


class JobNotRunning(Conflict):
    """This can be asked of a running job only."""

    code, title = "job_not_running", "Job not running"


class NoCheckpoint(Conflict):
    """The training has no checkpoint to make a version of: none was saved, or it is gone or used already."""

    code, title = "no_checkpoint", "No checkpoint"


def ask_for_checkpoint(session: WriteSession, tenant_id: str, job_id: str) -> JobRow:
    """Ask a running training's worker to save a resumable state after the next step.

    Raises NotFound, NotATraining, JobNotRunning.
    """
    job = _training(session, tenant_id, job_id)
    if job.state != JobState.RUNNING:
        raise JobNotRunning(f"{job_id} is {job.state}")
    repository.touch(session, job, {"checkpoints_asked": job.checkpoints_asked + 1})
    return repository.get(session, tenant_id, job_id)


def promotable(session: WriteSession, tenant_id: str, job_id: str) -> Checkpoint:
    """The checkpoint that `promote` would take. Raises what that raises."""
    job = _training(session, tenant_id, job_id)
    if not JobState(job.state).is_terminal:
        raise JobUnfinished(f"{job_id} is {job.state}; cancel it first")
    if job.checkpoint is None:
        raise NoCheckpoint
    return Checkpoint.model_validate(job.checkpoint)


def promote(
    session: WriteSession, tenant_id: str, job_id: str, *, now: datetime, traceparent: str | None = None
) -> JobRow:
    """A training that goes on from where this one stopped, and ends there: its version is the checkpoint's adapter.

    The checkpoint is the new job's from then on, so that it can be used once.
    Raises NotFound, NotATraining, JobUnfinished, NoCheckpoint, QueueFull, QuotaExceeded.
    """
    checkpoint = promotable(session, tenant_id, job_id)
    old = repository.get(session, tenant_id, job_id)
    spec = TrainingSpec.model_validate(old.spec)
    spec = spec.model_copy(update={"recipe": spec.recipe.model_copy(update={"steps": max(1, checkpoint.step)})})
    same = Submission(webhook_url=old.webhook_url, metadata=old.labels, priority=old.priority, keep_days=old.keep_days)
    job = new_row(tenant_id, spec, same, now, traceparent, retry_of=old.id)
    job.checkpoint = checkpoint.model_dump()
    repository.touch(session, old, {"checkpoint": None})
    return add(session, job, now)


def _training(session: WriteSession, tenant_id: str, job_id: str) -> JobRow:
    job = repository.lock(session, tenant_id, job_id)
    if job.kind != "training":
        raise NotATraining(f"{job_id} is a {job.kind}")
    return job
