"""Bytes that a tenant has in storage, computed from the database."""

from typing import Any

from sqlalchemy import ColumnElement, func, select

from services.db.dialects import sum_in
from services.db.sessions import ReadSession
from services.db.tables import ClipRow, JobRow, VersionRow
from shared.schemas.clip import ClipState
from shared.schemas.usage import StorageUsage


def stored_bytes(session: ReadSession, tenant_id: str) -> StorageUsage:
    """Bytes of canonical clips, version files, results of generations and evaluations, and training previews."""
    clip = func.coalesce(ClipRow.stored_bytes, ClipRow.size_bytes)
    version = sum_in(session.dialect, VersionRow.artifacts, "size_bytes")
    made = sum_in(session.dialect, JobRow.result["artifacts"], "size_bytes")
    shown = sum_in(session.dialect, JobRow.previews, "file", "size_bytes")
    sums = {
        "clips_bytes": _sum(session, clip, ClipRow.tenant_id == tenant_id, ClipRow.state == ClipState.READY),
        "versions_bytes": _sum(session, version, VersionRow.tenant_id == tenant_id),
        "generations_bytes": _sum(session, made, JobRow.tenant_id == tenant_id, JobRow.kind == "generation"),
        "evaluations_bytes": _sum(session, made, JobRow.tenant_id == tenant_id, JobRow.kind == "evaluation"),
        "previews_bytes": _sum(session, shown, JobRow.tenant_id == tenant_id, JobRow.previews_asked > 0),
    }
    return StorageUsage(**sums, total_bytes=sum(sums.values()))


def _sum(session: ReadSession, size: ColumnElement[Any], *where: ColumnElement[bool]) -> int:
    return int(session.scalar(select(func.sum(size)).where(*where)) or 0)
