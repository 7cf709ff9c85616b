"""Requests for a checkpoint of a running training."""

from services.db.sessions import WriteSession
from services.db.tables import JobRow
from services.jobs.state import repository
from shared.errors import Conflict
from shared.schemas.job import JobState


class NotATraining(Conflict):
    """The job is not a training; only trainings have checkpoints and previews."""

    code, title = "not_a_training", "Not a training"


class JobNotRunning(Conflict):
    """The job is not running."""

    code, title = "job_not_running", "Job not running"


def request_checkpoint(session: WriteSession, tenant_id: str, job_id: str) -> JobRow:
    """Request that a running training saves a resumable checkpoint after its next step.

    Raises NotFound, NotATraining, JobNotRunning.
    """
    job = lock_running_training(session, tenant_id, job_id)
    repository.set_columns(session, job, {"checkpoints_asked": job.checkpoints_asked + 1})
    return repository.get(session, tenant_id, job_id)


def lock_training(session: WriteSession, tenant_id: str, job_id: str) -> JobRow:
    """The tenant's training, locked until the transaction ends. Raises NotFound, NotATraining."""
    job = repository.lock(session, tenant_id, job_id)
    if job.kind != "training":
        raise NotATraining(f"{job_id} is a {job.kind}")
    return job


def lock_running_training(session: WriteSession, tenant_id: str, job_id: str) -> JobRow:
    """The tenant's running training, locked. Raises NotFound, NotATraining, JobNotRunning."""
    job = lock_training(session, tenant_id, job_id)
    if job.state != JobState.RUNNING:
        raise JobNotRunning(f"{job_id} is {job.state}")
    return job
