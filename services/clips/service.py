"""Clips in the database. Every query is bound to a tenant; clips of other tenants are not found."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy import delete as delete_from

from services import deletions
from services.clips import expiring_uploads
from services.clips.probe_result import Media, Rejected
from services.db.isolation import Quarantine
from services.db.sessions import Database, ReadSession, WriteSession
from services.db.tables import ClipRow
from services.storage.port import ObjectStore, Upload
from shared.errors import Conflict, Invalid, NotFound
from shared.ids import new_id
from shared.schemas.clip import ClipCreate, ClipState
from shared.schemas.deletion import DeletionReason

ENDED = (ClipState.READY, ClipState.REJECTED)
MAX_UPLOAD_TIME = timedelta(days=1)
"""Time to upload a declared clip."""


class ClipBusy(Conflict):
    """The clip is already being examined; retry later."""

    code, title, retryable = "clip_busy", "Clip is being examined", True


class UploadRefused(Conflict):
    """The clip does not wait for an upload: it is being examined, has ended or is deleted."""

    code, title = "upload_refused", "Upload refused"


def declare(
    session: WriteSession,
    tenant_id: str,
    request: ClipCreate,
    now: datetime,
    *,
    max_bytes: int,
    upload_until: datetime | None = None,
) -> ClipRow:
    """Insert a clip that awaits its file: an upload to `upload_key`, or a fetch from its URL.

    `upload_until` is the expiry of its upload URLs, if storage accepts late uploads. Raises Invalid for a file over
    `max_bytes`.
    """
    size_bytes = request.size_bytes or max_bytes
    if size_bytes > max_bytes:
        raise Invalid.at("/size_bytes", "too_large", f"a clip may have at most {max_bytes} bytes")
    id = new_id("clip", now)
    row = ClipRow(
        id=id,
        tenant_id=tenant_id,
        state=ClipState.AWAITING_UPLOAD,
        file_name=request.file_name,
        size_bytes=size_bytes,
        sha256=request.sha256,
        upload_key=f"{prefix(tenant_id, id)}upload",
        upload_until=upload_until if request.url is None else None,
        source_url=request.url,
        created_at=now,
    )
    session.add(row)
    return row


def get(session: ReadSession, tenant_id: str, clip_id: str) -> ClipRow:
    """Raises NotFound."""
    row = find(session, tenant_id, clip_id)
    if row is None:
        raise NotFound(f"no clip {clip_id}")
    return row


def find(session: ReadSession, tenant_id: str, clip_id: str) -> ClipRow | None:
    """The tenant's clip, or None."""
    row = session.get(ClipRow, clip_id)
    return row if row is not None and row.tenant_id == tenant_id else None


def list_page(session: ReadSession, tenant_id: str, limit: int, after: str | None = None) -> Sequence[ClipRow]:
    """Up to `limit` clips, newest first, after the clip `after`."""
    query = select(ClipRow).where(ClipRow.tenant_id == tenant_id)
    if after is not None:
        query = query.where(ClipRow.id < after)
    return session.scalars(query.order_by(ClipRow.id.desc()).limit(limit))


def delete(session: WriteSession, tenant_id: str, clip_id: str, now: datetime) -> None:
    """Delete a clip and request the deletion of its files. Raises NotFound."""
    get(session, tenant_id, clip_id)
    _delete(session, clip_id, now, "request")


def retire(session: WriteSession, now: datetime, limit: int = 100, quarantine: Quarantine | None = None) -> int:
    """Delete clips that were declared and not uploaded in time; returns their number.

    A clip for which that fails is added to `quarantine`, and clips in there are left out.
    """
    quarantine = quarantine or Quarantine("clip")
    forgotten = (ClipRow.state == ClipState.AWAITING_UPLOAD, ClipRow.created_at <= now - MAX_UPLOAD_TIME)
    query = select(ClipRow.id).where(*forgotten, ClipRow.id.not_in(quarantine.ids)).limit(limit)
    ids = {id: id for id in session.scalars(query.with_for_update(skip_locked=True))}
    return len(quarantine.process(session, ids, lambda id: _delete(session, id, now, "retention")))


def _delete(session: WriteSession, clip_id: str, now: datetime, reason: DeletionReason) -> None:
    for row in session.returning(delete_from(ClipRow).where(ClipRow.id == clip_id).returning(ClipRow)):
        place = prefix(row.tenant_id, row.id)
        expiring_uploads.record(session, row, place, now)
        deletions.request(session, row.tenant_id, "clip", row.id, place, now, reason=reason)


def renew_upload(session: WriteSession, row: ClipRow, upload_until: datetime | None) -> bool:
    """Extend the expiry of the upload URLs; False if the clip does not wait for its upload any more."""
    waiting = (ClipRow.id == row.id, ClipRow.state == ClipState.AWAITING_UPLOAD)
    return bool(session.execute(update(ClipRow).where(*waiting).values(upload_until=upload_until)))


@contextmanager
def upload_admission(database: Database, key: str) -> Generator[None]:
    """Lock the clip that waits for the upload of this object until the block ends. Raises UploadRefused."""
    with database.write() as session:
        waiting = (ClipRow.id.in_(key.split("/")[3:4]), ClipRow.state == ClipState.AWAITING_UPLOAD)
        row = session.scalar(select(ClipRow).where(*waiting).with_for_update())
        if row is None or (key != row.upload_key and not key.startswith(f"{row.upload_id}/")):
            raise UploadRefused("no clip waits for this upload")
        yield


@dataclass(frozen=True, kw_only=True)
class Examined:
    """The result of an examination: the upload's SHA-256, and the keys of its canonical form or its rejection."""

    sha256: str | None = None
    rejected: Rejected | None = None
    media: Media | None = None
    video_key: str | None = None
    thumbnail_key: str | None = None
    stored_bytes: int | None = None
    size_bytes: int | None = None
    """The size of a fetched file, unknown before."""

    def columns(self) -> dict[str, Any]:
        """The columns of the `clips` table."""
        found: dict[str, Any] = {"sha256": self.sha256} if self.sha256 else {}
        found |= {"size_bytes": self.size_bytes} if self.size_bytes is not None else {}
        if self.rejected is not None:
            reason = {"rejection_code": self.rejected.reason, "rejection_message": self.rejected.message}
            return found | reason | {"state": ClipState.REJECTED}
        media = self.media.model_dump() if self.media else {}
        stored = {name: getattr(self, name) for name in ("video_key", "thumbnail_key", "stored_bytes")}
        return found | media | stored | {"state": ClipState.READY}


def begin(session: WriteSession, row: ClipRow, now: datetime, *, hold_seconds: float) -> datetime | None:
    """Lock a clip for examination; returns the end of the lock, which identifies its holder, or None for an ended clip.

    Raises NotFound, and ClipBusy while another examination holds the lock.
    """
    until = now + timedelta(seconds=hold_seconds)
    lapsed = and_(ClipRow.state == ClipState.PROCESSING, ClipRow.processing_until <= now)
    free = or_(ClipRow.state == ClipState.AWAITING_UPLOAD, lapsed)
    values = {"state": ClipState.PROCESSING, "processing_until": until}
    if session.execute(update(ClipRow).where(ClipRow.id == row.id, free).values(values)):
        return until
    if get(session, row.tenant_id, row.id).state not in ENDED:
        raise ClipBusy
    return None


def release(session: WriteSession, clip_id: str, until: datetime) -> None:
    """Release the lock, if it is still held."""
    values = {"state": ClipState.AWAITING_UPLOAD, "processing_until": None}
    session.execute(update(ClipRow).where(_locked_by(clip_id, until)).values(values))


def finish(session: WriteSession, clip_id: str, until: datetime, examined: Examined, now: datetime) -> bool:
    """Store the result; False without effect if the clip was deleted or the lock was lost."""
    values = {**examined.columns(), "processing_until": None, "completed_at": now}
    change = update(ClipRow).where(_locked_by(clip_id, until)).values(values).returning(ClipRow)
    ended = session.returning(change)
    for row in ended:
        expiring_uploads.record(session, row, prefix(row.tenant_id, row.id), now)
    return bool(ended)


def prefix(tenant_id: str, clip_id: str) -> str:
    """The storage prefix of the clip's files."""
    return f"tenants/{tenant_id}/clips/{clip_id}/"


def _locked_by(clip_id: str, until: datetime) -> ColumnElement[bool]:
    return and_(ClipRow.id == clip_id, ClipRow.state == ClipState.PROCESSING, ClipRow.processing_until == until)


class Part(NamedTuple):
    """A part of a multipart upload and its presigned URL: parts may be sent in parallel and retried individually."""

    size: int
    upload: Upload


def begin_multipart(
    database: Database, store: ObjectStore, row: ClipRow, *, part_bytes: int, expires: int
) -> tuple[Part, ...]:
    """Start a multipart upload: parts of `part_bytes`, the last one may be smaller. Raises StorageError.

    Storage is called outside any transaction. If the process crashes in between, the upload is removed with the expired
    clip.
    """
    upload_id = store.begin_parts(row.upload_key)
    with database.write() as session:
        session.execute(update(ClipRow).where(ClipRow.id == row.id).values(upload_id=upload_id))
    return presign_parts(store, row, upload_id, part_bytes=part_bytes, expires=expires)


def presign_parts(
    store: ObjectStore, row: ClipRow, upload_id: str, *, part_bytes: int, expires: int
) -> tuple[Part, ...]:
    """The parts of a started upload with fresh URLs."""
    sizes = [min(part_bytes, row.size_bytes - start) for start in range(0, row.size_bytes, part_bytes)]
    return tuple(
        Part(size, store.presign_part(row.upload_key, upload_id, number, size=size, expires=expires))
        for number, size in enumerate(sizes, 1)
    )
