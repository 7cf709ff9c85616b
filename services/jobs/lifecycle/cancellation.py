"""Cancellation of a job by its tenant."""

from datetime import datetime

from services.db.sessions import WriteSession
from services.db.tables import JobRow
from services.jobs.state import repository
from services.jobs.state.transitions import Verb
from shared.errors import JobFinished
from shared.schemas.job import JobState


def cancel(session: WriteSession, tenant_id: str, job_id: str, *, now: datetime) -> JobRow:
    """Cancel a queued job at once, or request that the worker of a running job stops. Idempotent.

    Raises NotFound, JobFinished.
    """
    job = repository.lock(session, tenant_id, job_id)
    if job.state in (JobState.CANCELING, JobState.CANCELED):
        return job
    if JobState(job.state).is_terminal:
        raise JobFinished(f"{job_id} is {job.state}")
    return repository.change_held(session, job, Verb.CANCEL, now)
