"""Quotas of tenants: usage, limits, admission and stored bytes.

Admission locks the tenant's row first, so that concurrent requests cannot exceed a limit together.
"""

from datetime import UTC, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, literal_column, select

from services.accounts import job_counts
from services.db.dialects import sum_in
from services.db.sessions import ReadSession, WriteSession
from services.db.tables import ClipRow, ExpiringUploadRow, JobRow, TenantRow, VersionRow
from shared.errors import QueueFull, QuotaExceeded
from shared.schemas.clip import ClipState
from shared.schemas.job import ACTIVE
from shared.schemas.limits import Quota, QuotaPeriod, TenantLimits
from shared.schemas.usage import StorageUsage

QUEUE_FULL_RETRY_SECONDS = 10.0
"""Retry-After of a full queue: about the time in which a generation leaves it."""

_UPLOADING = (ClipState.AWAITING_UPLOAD, ClipState.PROCESSING)


def limits_of(session: ReadSession, tenant_id: str) -> TenantLimits:
    """The tenant's limits; a tenant that does not exist has none."""
    found = session.scalar(select(TenantRow.limits).where(TenantRow.id == tenant_id))
    return TenantLimits.model_validate(found or {})


def usage(session: ReadSession, tenant_id: str, now: datetime) -> list[Quota]:
    """The usage of each quota."""
    limits = limits_of(session, tenant_id)
    starts, ends = _period(limits.gpu_period, now)
    return [
        _quota("running_jobs", limits.running_jobs, num_running(session, tenant_id)),
        _quota("queued_jobs", limits.queued_jobs, job_counts.num_queued(session, tenant_id)),
        _quota("gpu_seconds", limits.gpu_seconds, job_counts.gpu_seconds(session, tenant_id, starts.date()), ends),
        _quota("stored_bytes", limits.stored_bytes, _claimed_bytes(session, tenant_id, limits.stored_bytes)),
    ]


def check_job(session: ReadSession, tenant_id: str, now: datetime) -> TenantLimits:
    """Check that the tenant may submit one more job; returns its limits. Raises QueueFull, QuotaExceeded."""
    limits = limits_of(session, tenant_id)
    if limits.queued_jobs is not None and job_counts.num_queued(session, tenant_id) >= limits.queued_jobs:
        message = f"{limits.queued_jobs} jobs may wait at once"
        raise QueueFull(message, policies=("queued_jobs",), retry_after=QUEUE_FULL_RETRY_SECONDS)
    _check_gpu_seconds(session, tenant_id, limits, now)
    _check_storage(session, tenant_id, limits, 1)
    return limits


def admit_job(session: WriteSession, tenant_id: str, now: datetime) -> TenantLimits:
    """`check_job` for a job that this transaction inserts: locks the tenant. Raises QueueFull, QuotaExceeded."""
    lock(session, tenant_id)
    return check_job(session, tenant_id, now)


def admit_bytes(session: WriteSession, tenant_id: str, num_bytes: int) -> None:
    """Check that the tenant may store `num_bytes` more. Declared uploads count as stored. Raises QuotaExceeded."""
    lock(session, tenant_id)
    _check_storage(session, tenant_id, limits_of(session, tenant_id), num_bytes)


def lock(session: WriteSession, tenant_id: str) -> None:
    """Lock the tenant's usage until the transaction ends."""
    session.scalar(select(TenantRow.id).where(TenantRow.id == tenant_id).with_for_update(key_share=True))


def num_running(session: ReadSession, tenant_id: str) -> int:
    """Number of the tenant's running jobs."""
    query = select(func.count()).select_from(JobRow).where(JobRow.tenant_id == tenant_id, JobRow.state.in_(ACTIVE))
    return session.scalar(query) or 0


def _check_gpu_seconds(session: ReadSession, tenant_id: str, limits: TenantLimits, now: datetime) -> None:
    if limits.gpu_seconds is None:
        return
    starts, ends = _period(limits.gpu_period, now)
    if job_counts.gpu_seconds(session, tenant_id, starts.date()) >= limits.gpu_seconds:
        message = f"the {limits.gpu_seconds:g} GPU seconds of this {limits.gpu_period} are used; more from {ends:%F}"
        raise QuotaExceeded(message, policies=("gpu_seconds",))


def _check_storage(session: ReadSession, tenant_id: str, limits: TenantLimits, num_bytes: int) -> None:
    if limits.stored_bytes is None:
        return
    used = _claimed_bytes(session, tenant_id, limits.stored_bytes)
    if used + num_bytes > limits.stored_bytes:
        message = f"{used} of {limits.stored_bytes} bytes are stored or may still arrive; delete something first"
        raise QuotaExceeded(message, policies=("stored_bytes",))


def _claimed_bytes(session: ReadSession, tenant_id: str, limit: int | None) -> int:
    """Stored bytes, declared uploads that may still arrive, and uploads that came after the end of their clips.

    Upload URLs of clips that ended may hold `limit` bytes without being counted, until one of them has been used.
    """
    announced = (ClipRow.tenant_id == tenant_id, ClipRow.state.in_(_UPLOADING))
    coming = session.scalar(select(func.sum(ClipRow.size_bytes)).where(*announced)) or 0
    late = select(func.sum(ExpiringUploadRow.found_bytes), func.sum(ExpiringUploadRow.size_bytes))
    [(found, possible)] = session.rows(late.where(ExpiringUploadRow.tenant_id == tenant_id))
    uncounted = 0 if found else limit
    excess = 0 if uncounted is None else max(0, int(possible or 0) - uncounted)
    return stored_bytes(session, tenant_id).total_bytes + int(coming) + max(int(found or 0), excess)


def _period(period: QuotaPeriod, now: datetime) -> tuple[datetime, datetime]:
    """Start and end of the period that contains `now`."""
    today = now.astimezone(UTC).date()
    if period == "day":
        first, end = today, today + timedelta(days=1)
    else:
        first = today.replace(day=1)
        end = (first + timedelta(days=31)).replace(day=1)
    return datetime.combine(first, time(), UTC), datetime.combine(end, time(), UTC)


def _quota(policy: str, limit: float | None, used: float, resets_at: datetime | None = None) -> Quota:
    return Quota.model_validate({"policy": policy, "limit": limit, "used": used, "resets_at": resets_at})


def stored_bytes(session: ReadSession, tenant_id: str) -> StorageUsage:
    """Bytes of canonical clips, version files, results of generations and evaluations, and training previews."""
    clip = func.coalesce(ClipRow.stored_bytes, ClipRow.size_bytes)
    version = sum_in(session.dialect, VersionRow.artifacts, "size_bytes")
    made = sum_in(session.dialect, JobRow.result["artifacts"], "size_bytes")
    shown = sum_in(session.dialect, JobRow.previews, "file", "size_bytes")
    # the conditions of the indexes, as literals
    results = (JobRow.tenant_id == tenant_id, JobRow.result.is_not(None))
    previews = (JobRow.tenant_id == tenant_id, JobRow.previews_asked > literal_column("0"))
    sums = {
        "clips_bytes": _sum(session, clip, ClipRow.tenant_id == tenant_id, ClipRow.state == ClipState.READY),
        "versions_bytes": _sum(session, version, VersionRow.tenant_id == tenant_id),
        "generations_bytes": _sum(session, made, *results, JobRow.kind == "generation"),
        "evaluations_bytes": _sum(session, made, *results, JobRow.kind == "evaluation"),
        "previews_bytes": _sum(session, shown, *previews),
    }
    return StorageUsage(**sums, total_bytes=sum(sums.values()))


def _sum(session: ReadSession, size: ColumnElement[Any], *where: ColumnElement[bool]) -> int:
    return int(session.scalar(select(func.sum(size)).where(*where)) or 0)
