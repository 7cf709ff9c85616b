"""Limits of concurrently running jobs per tenant. Scheduling skips a tenant at its limit until one of its jobs ends."""

from datetime import datetime

from sqlalchemy import func, select

from services.accounts import job_counts, quotas
from services.db.sessions import ReadSession, WriteSession
from services.db.tables import JobRow, TenantRow
from services.jobs.scheduling.notifications import notify
from shared.schemas.job import ACTIVE

_LIMIT = TenantRow.limits["running_jobs"].as_integer()


def tenants_at_limit(session: ReadSession) -> frozenset[str]:
    """Ids of the tenants whose limit of running jobs is reached."""
    query = (
        select(JobRow.tenant_id)
        .join(TenantRow, TenantRow.id == JobRow.tenant_id)
        .where(JobRow.state.in_(ACTIVE))
        .group_by(JobRow.tenant_id, _LIMIT)
        .having(func.count() >= _LIMIT)
    )
    return frozenset(session.scalars(query))


def may_start(session: WriteSession, tenant_id: str) -> bool:
    """Whether the tenant may run one more job. Locks the tenant's count until the transaction ends."""
    quotas.lock(session, tenant_id)
    most = quotas.limits_of(session, tenant_id).running_jobs
    return most is None or quotas.num_running(session, tenant_id) < most


def notify_skipped(session: WriteSession, tenant_id: str, now: datetime) -> None:
    """After a job's end: notify the queues in which jobs of its tenant may have been skipped because of the limit."""
    if quotas.limits_of(session, tenant_id).running_jobs is None:
        return
    for queue in job_counts.queues_with_queued(session, tenant_id):
        notify(session, queue, now)
