"""Jobs whose time is over, and jobs that somebody wants gone: files deleted, words forgotten, the count kept.

The row stays, empty, so that what a tenant used is not forgotten with what it made; for callers it does not exist.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import delete as delete_from
from sqlalchemy import select, update

from services import deletions
from services.db.sessions import WriteSession
from services.db.tables import (
    AttemptRow,
    EventRow,
    JobLogRow,
    JobPointRow,
    JobRow,
    RefusedWriteRow,
    VersionRow,
    WebhookMessageRow,
)
from services.jobs.files import previews
from services.jobs.files.inputs import job_prefix
from services.jobs.state import repository
from shared.errors import JobUnfinished
from shared.schemas.deletion import DeletionReason
from shared.schemas.job import JobState

_FORGOTTEN: dict[str, Any] = {
    "spec": {}, "labels": {}, "progress": {}, "checkpoint": None, "result": None, "error": None, "webhook_url": None,
    "traceparent": None, "delete_at": None, "previews": [],
}  # fmt: skip


def delete(session: WriteSession, tenant_id: str, job_id: str, now: datetime) -> None:
    """Delete a job that has ended, with its files; the version that a training made stays with its concept.

    Raises NotFound, JobUnfinished.
    """
    job = repository.lock(session, tenant_id, job_id)
    if not JobState(job.state).is_terminal:
        raise JobUnfinished(f"{job_id} is {job.state}; cancel it first")
    _forget(session, job, now, "request")


def retire(session: WriteSession, *, now: datetime, limit: int = 100) -> int:
    """Delete jobs whose time is over; returns how many."""
    due = select(JobRow).where(JobRow.delete_at <= now).order_by(JobRow.delete_at).limit(limit)
    jobs = session.scalars(due.with_for_update(skip_locked=True))
    for job in jobs:
        _forget(session, job, now, "retention")
    return len(jobs)


def _forget(session: WriteSession, job: JobRow, now: datetime, reason: DeletionReason) -> None:
    has_version = session.scalar(select(VersionRow.version).where(VersionRow.job_id == job.id)) is not None
    if not has_version:
        deletions.ask(session, job.tenant_id, "job", job.id, job_prefix(job), now, reason=reason)
    elif job.previews:
        deletions.ask(session, job.tenant_id, "job", job.id, previews.prefix(job), now, reason=reason)
    for table in (AttemptRow, JobLogRow, JobPointRow, RefusedWriteRow, WebhookMessageRow):
        session.execute(delete_from(table).where(table.job_id == job.id))
    blank = {"id": job.id, "deleted": True}  # the tenant's events are counted without gaps
    session.execute(update(EventRow).where(EventRow.job_id == job.id).values(data=blank))
    repository.set_columns(session, job, _FORGOTTEN | {"deleted_at": now})
