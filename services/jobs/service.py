"""Everything that may be asked of jobs. No function commits: the edge opens the transaction and ends it."""

from datetime import datetime

from services.db.sessions import ReadSession, WriteSession
from services.db.tables import JobRow
from services.jobs import news, repository
from services.jobs.checkpoints import ask_for_checkpoint
from services.jobs.estimates import estimate_evaluation, estimate_generation, estimate_training
from services.jobs.previews import ask as ask_for_preview
from services.jobs.previews import settle as settle_preview
from services.jobs.queues import all_queues, queue_of, warm_key
from services.jobs.reaping import abandon, reap, ring_queued
from services.jobs.repository import Filter, get, list_page
from services.jobs.retention import delete, retire
from services.jobs.running import (
    beat,
    claim,
    confirm_canceled,
    fail,
    finish,
    give_back,
    num_asked,
    refused,
)
from services.jobs.states import Verb
from services.jobs.submission import retry, submit_evaluation, submit_generation, submit_training
from services.jobs.values import Beat, Checkpoint, ClaimedJob, Outcome, Reaped, StoredClip
from shared.errors import JobFinished
from shared.schemas.event import Event
from shared.schemas.job import JobState

__all__ = [
    "Beat",
    "Checkpoint",
    "ClaimedJob",
    "Filter",
    "Outcome",
    "Reaped",
    "StoredClip",
    "abandon",
    "all_queues",
    "ask_for_checkpoint",
    "ask_for_preview",
    "beat",
    "cancel",
    "claim",
    "confirm_canceled",
    "delete",
    "estimate_evaluation",
    "estimate_generation",
    "estimate_training",
    "events",
    "fail",
    "finish",
    "get",
    "give_back",
    "job_events",
    "list_page",
    "num_asked",
    "queue_of",
    "reap",
    "refused",
    "retire",
    "retry",
    "ring_queued",
    "settle_preview",
    "submit_evaluation",
    "submit_generation",
    "submit_training",
    "warm_key",
]


def cancel(session: WriteSession, tenant_id: str, job_id: str, *, now: datetime) -> JobRow:
    """End a queued job at once, or ask a running one's worker to stop. Asking twice is the same as once.

    Raises NotFound, JobFinished.
    """
    job = repository.lock(session, tenant_id, job_id)
    if job.state in (JobState.CANCELING, JobState.CANCELED):
        return job
    if JobState(job.state).is_terminal:
        raise JobFinished(f"{job_id} is {job.state}")
    return repository.change_held(session, job, Verb.CANCEL, now)


def events(session: ReadSession, tenant_id: str, after_seq: int, limit: int) -> list[Event]:
    """The tenant's events after `after_seq`, in order and without gaps."""
    return news.tenant_events(session, tenant_id, after_seq, limit)


def job_events(session: ReadSession, tenant_id: str, job_id: str, after_state_seq: int, limit: int) -> list[Event]:
    """A job's events after `after_state_seq`, in order and without gaps. Raises NotFound."""
    return news.job_events(session, get(session, tenant_id, job_id), after_state_seq, limit)
