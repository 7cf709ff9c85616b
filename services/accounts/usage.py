"""Usage reports of a tenant, computed from the database on request."""

from datetime import UTC, date, datetime, time
from typing import NamedTuple

from sqlalchemy import ColumnElement, case, func, select

from services.accounts.quotas import stored_bytes
from services.accounts.quotas import usage as quota_usage
from services.db.dialects import period_of
from services.db.sessions import ReadSession
from services.db.tables import JobRow
from shared.errors import Invalid
from shared.ids import first_id
from shared.schemas.job import JobState
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
    period = period_of(session.dialect, JobRow.created_at, per)
    # ids sort by creation time, and the index of a tenant's jobs is by id
    first, end = (first_id("job", datetime.combine(day, time(), UTC)) for day in span)
    query = (
        select(  # in the order of the fields
            period,
            JobRow.kind,
            func.count(),
            _num(JobState.SUCCEEDED),
            _num(JobState.FAILED),
            _num(JobState.CANCELED),
            func.sum(JobRow.usage["gpu_seconds"].as_float()),
        )
        .where(JobRow.tenant_id == tenant_id, JobRow.id >= first, JobRow.id < end)
        .group_by(period, JobRow.kind)
        .order_by(period, JobRow.kind.desc())
    )
    return [
        JobsUsage.model_validate(dict(zip(JobsUsage.model_fields, row, strict=True))) for row in session.rows(query)
    ]


def _num(state: JobState) -> ColumnElement[int]:
    return func.sum(case((JobRow.state == state, 1), else_=0))
