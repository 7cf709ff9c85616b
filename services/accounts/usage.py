"""What a tenant used, summed from the record when it is asked for."""

from datetime import UTC, date, datetime, time
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, case, func, select

from services.db.dialects import period_of, sum_in
from services.db.sessions import ReadSession
from services.db.tables import ClipRow, JobRow, VersionRow
from shared.errors import Invalid
from shared.ids import first_id
from shared.schemas.clip import ClipState
from shared.schemas.job import JobState
from shared.schemas.usage import Granularity, JobsUsage, StorageUsage, UsageReport

LONGEST_DAYS = 366


class Span(NamedTuple):
    """Whole days in UTC, from `since` until the day before `until`."""

    since: date
    until: date

    @classmethod
    def checked(cls, since: date, until: date) -> "Span":
        """Raises Invalid for an empty span or one of more than a year."""
        if not 0 < (until - since).days <= LONGEST_DAYS:
            raise Invalid.at("query/until", "bad_span", f"until must be 1 to {LONGEST_DAYS} days after since")
        return cls(since, until)


def usage(session: ReadSession, tenant_id: str, span: Span, per: Granularity) -> UsageReport:
    """Jobs by when they were made, and everything that is stored now."""
    jobs = _jobs(session, tenant_id, span, per)
    return UsageReport(
        since=span.since,
        until=span.until,
        gpu_seconds=sum(one.gpu_seconds for one in jobs),
        jobs=jobs,
        storage=_storage(session, tenant_id),
    )


def _jobs(session: ReadSession, tenant_id: str, span: Span, per: Granularity) -> list[JobsUsage]:
    period = period_of(session.dialect, JobRow.created_at, per)
    # ids sort by age, and the index of a tenant's jobs is by id
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


def _storage(session: ReadSession, tenant_id: str) -> StorageUsage:
    clip = func.coalesce(ClipRow.stored_bytes, ClipRow.size_bytes)
    version = sum_in(session.dialect, VersionRow.artifacts, "size_bytes")
    made = sum_in(session.dialect, JobRow.result["artifacts"], "size_bytes")
    sums = {
        "clips_bytes": _sum(session, clip, ClipRow.tenant_id == tenant_id, ClipRow.state == ClipState.READY),
        "versions_bytes": _sum(session, version, VersionRow.tenant_id == tenant_id),
        "generations_bytes": _sum(session, made, JobRow.tenant_id == tenant_id, JobRow.kind == "generation"),
        "evaluations_bytes": _sum(session, made, JobRow.tenant_id == tenant_id, JobRow.kind == "evaluation"),
    }
    return StorageUsage(**sums, total_bytes=sum(sums.values()))


def _sum(session: ReadSession, size: ColumnElement[Any], *where: ColumnElement[bool]) -> int:
    return int(session.scalar(select(func.sum(size)).where(*where)) or 0)
