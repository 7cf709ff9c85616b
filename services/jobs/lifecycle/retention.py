"""Deletion of ended jobs, on request and by retention: files and content go, the row and its usage stay.

The emptied row keeps the tenant's usage figures correct. The API treats the job as not found.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import delete as delete_from
from sqlalchemy import select, update

from services import deletions
from services.db.isolation import Quarantine
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

_CLEARED: dict[str, Any] = {
    "spec": {}, "labels": {}, "progress": {}, "checkpoint": None, "result": None, "error": None, "webhook_url": None,
    "traceparent": None, "delete_at": None, "previews": [],
}  # fmt: skip


def delete(session: WriteSession, tenant_id: str, job_id: str, now: datetime) -> None:
    """Delete an ended job and its files. The version that a training created stays with its concept.

    Raises NotFound, JobUnfinished.
    """
    job = repository.lock(session, tenant_id, job_id)
    if not JobState(job.state).is_terminal:
        raise JobUnfinished(f"{job_id} is {job.state}; cancel it first")
    _clear(session, job, now, "request")


def retire(session: WriteSession, *, now: datetime, limit: int = 100, quarantine: Quarantine | None = None) -> int:
    """Delete jobs whose retention has ended; returns their number.

    A job for which that fails is added to `quarantine`, and jobs in there are left out.
    """
    quarantine = quarantine or Quarantine("job")
    due = select(JobRow).where(JobRow.delete_at <= now, JobRow.id.not_in(quarantine.ids)).order_by(JobRow.delete_at)
    jobs = session.scalars(due.limit(limit).with_for_update(skip_locked=True))
    return len(
        quarantine.process(session, {job.id: job for job in jobs}, lambda job: _clear(session, job, now, "retention"))
    )


def _clear(session: WriteSession, job: JobRow, now: datetime, reason: DeletionReason) -> None:
    has_version = session.scalar(select(VersionRow.version).where(VersionRow.job_id == job.id)) is not None
    if not has_version:
        deletions.request(session, job.tenant_id, "job", job.id, job_prefix(job), now, reason=reason)
    elif job.previews:
        deletions.request(session, job.tenant_id, "job", job.id, previews.prefix(job), now, reason=reason)
    for table in (AttemptRow, JobLogRow, JobPointRow, RefusedWriteRow, WebhookMessageRow):
        session.execute(delete_from(table).where(table.job_id == job.id))
    blank = {"id": job.id, "deleted": True}  # the row stays: the tenant's events are numbered without gaps
    session.execute(update(EventRow).where(EventRow.job_id == job.id).values(data=blank))
    repository.set_columns(session, job, _CLEARED | {"deleted_at": now})
