"""Checkpoints of trainings, and having one made now."""

from services.db.sessions import WriteSession
from services.db.tables import JobRow
from services.jobs.state import repository
from shared.errors import Conflict
from shared.schemas.job import JobState


class NotATraining(Conflict):
    """Only trainings have checkpoints and previews."""

    code, title = "not_a_training", "Not a training"


class JobNotRunning(Conflict):
    """This can be asked of a running job only."""

    code, title = "job_not_running", "Job not running"


def ask_for_checkpoint(session: WriteSession, tenant_id: str, job_id: str) -> JobRow:
    """Ask a running training's worker to save a resumable state after the next step.

    Raises NotFound, NotATraining, JobNotRunning.
    """
    job = running_training(session, tenant_id, job_id)
    repository.set_columns(session, job, {"checkpoints_asked": job.checkpoints_asked + 1})
    return repository.get(session, tenant_id, job_id)


def training(session: WriteSession, tenant_id: str, job_id: str) -> JobRow:
    """The tenant's training, held until the transaction ends. Raises NotFound, NotATraining."""
    job = repository.lock(session, tenant_id, job_id)
    if job.kind != "training":
        raise NotATraining(f"{job_id} is a {job.kind}")
    return job


def running_training(session: WriteSession, tenant_id: str, job_id: str) -> JobRow:
    """The same of one that runs. Raises JobNotRunning too."""
    job = training(session, tenant_id, job_id)
    if job.state != JobState.RUNNING:
        raise JobNotRunning(f"{job_id} is {job.state}")
    return job
