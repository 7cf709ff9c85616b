"""Usage reports of a tenant, computed from the database on request."""

from datetime import date, datetime
from typing import NamedTuple

from services.accounts import job_counts
from services.accounts.quotas import stored_bytes
from services.accounts.quotas import usage as quota_usage
from services.db.sessions import ReadSession
from shared.errors import Invalid
from shared.schemas.usage import Granularity, JobsUsage, UsageReport

MAX_DAYS = 366


class Span(NamedTuple):
    """Whole days in UTC: `since` inclusive, `until` exclusive."""

    since: date
    until: date

    @classmethod
    def checked(cls, since: date, until: date) -> "Span":
        """Raises Invalid for an empty span or one of more than 366 days."""
        if not 0 < (until - since).days <= MAX_DAYS:
            raise Invalid.at("query/until", "bad_span", f"until must be 1 to {MAX_DAYS} days after since")
        return cls(since, until)


def usage(session: ReadSession, tenant_id: str, span: Span, per: Granularity, now: datetime) -> UsageReport:
    """Jobs by creation time, storage now, and quotas now."""
    jobs = _jobs(session, tenant_id, span, per)
    return UsageReport(
        since=span.since,
        until=span.until,
        gpu_seconds=sum(one.gpu_seconds for one in jobs),
        jobs=jobs,
        storage=stored_bytes(session, tenant_id),
        quotas=quota_usage(session, tenant_id, now),
    )


def _jobs(session: ReadSession, tenant_id: str, span: Span, per: Granularity) -> list[JobsUsage]:
    rows = job_counts.by_period(session, tenant_id, span.since, span.until, per)
    return [JobsUsage.model_validate(dict(zip(JobsUsage.model_fields, row, strict=True))) for row in rows]
