"""How many jobs of a tenant run at once: a tenant that runs as many as it may is passed over until one ends."""

from datetime import datetime

from sqlalchemy import func, select

from services.accounts import quotas
from services.db.sessions import ReadSession, WriteSession
from services.db.tables import JobRow, TenantRow
from services.jobs.scheduling.notifications import notify
from shared.schemas.job import ACTIVE, JobState

_MOST = TenantRow.limits["running_jobs"].as_integer()


def full(session: ReadSession) -> frozenset[str]:
    """The tenants that run as many jobs as they may."""
    query = (
        select(JobRow.tenant_id)
        .join(TenantRow, TenantRow.id == JobRow.tenant_id)
        .where(JobRow.state.in_(ACTIVE))
        .group_by(JobRow.tenant_id, _MOST)
        .having(func.count() >= _MOST)
    )
    return frozenset(session.scalars(query))


def may_start(session: WriteSession, tenant_id: str) -> bool:
    """Whether one more of the tenant's jobs may run, which nobody else can decide until the transaction ends."""
    quotas.hold(session, tenant_id)
    most = quotas.limits_of(session, tenant_id).running_jobs
    return most is None or quotas.num_running(session, tenant_id) < most


def freed(session: WriteSession, tenant_id: str, now: datetime) -> None:
    """A job has ended: ring for those of its tenant that may have been passed over because of it."""
    if quotas.limits_of(session, tenant_id).running_jobs is None:
        return
    waiting = select(JobRow.queue).where(JobRow.tenant_id == tenant_id, JobRow.state == JobState.QUEUED).distinct()
    for queue in session.scalars(waiting):
        notify(session, queue, now)
