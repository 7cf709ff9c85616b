"""Upload URLs that outlive their clip.

An object store that signs URLs accepts an upload until its URL expires, whatever became of the clip. The sweep looks at
the clip's prefix again after that time, and a few times before, and removes what no row names. What it found there, and
what may still arrive, counts against the tenant's quota (`services.accounts.quotas`).
"""

import logging
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import delete, func, select, update

from services.db.dialects import insert_if_absent
from services.db.sessions import Database, WriteSession
from services.db.tables import ClipRow, DeletionRow, ExpiringUploadRow
from services.storage.port import ObjectStore, StorageError
from shared.clock import Clock

log = logging.getLogger(__name__)

FIRST_LOOK = timedelta(minutes=1)
"""Between the end of a clip and the first look; the pause then doubles until the URLs have expired."""
CLOCK_MARGIN = timedelta(minutes=15)
"""The store decides by its own clock. It refuses URLs of a signer whose clock is off by more than this."""
SLOW_UPLOAD = timedelta(days=1)
"""Between the expiry and the last look: an upload that began in time may still be going on."""
HOLD = timedelta(minutes=1)


class RemovedObjects(NamedTuple):
    """What was removed below a prefix."""

    num_objects: int
    num_bytes: int


def record(session: WriteSession, row: ClipRow, prefix: str, now: datetime) -> None:
    """Record that a clip has ended, or is deleted, while URLs for its upload may still be used."""
    expires_at = max(row.upload_until or now, now)
    values = {
        "clip_id": row.id,
        "tenant_id": row.tenant_id,
        "prefix": prefix,
        "size_bytes": row.size_bytes if expires_at > now else 0,
        "found_bytes": 0,
        "ended_at": now,
        "expires_at": expires_at,
        "look_at": now + FIRST_LOOK,
    }
    insert_if_absent(session, ExpiringUploadRow, values)


def remove(store: ObjectStore, prefix: str, keep: frozenset[str | None]) -> RemovedObjects:
    """Delete the objects below `prefix` but those of `keep`, and the parts of unassembled uploads. Raises StorageError.

    The parts go first: an upload that is assembled meanwhile is then found as an object.
    """
    parts = store.discard_parts(prefix)
    found = [info for info in store.list(prefix) if info.key not in keep]
    for info in found:
        store.delete(info.key)
    sizes = [*parts, *(info.size for info in found)]
    return RemovedObjects(len(sizes), sum(sizes))


def look(database: Database, store: ObjectStore, clock: Clock, limit: int) -> bool:
    """Look at the prefixes whose time has come, at most `limit`; returns whether there may be more.

    A prefix at which storage fails is left for later and does not keep the others waiting.
    """
    now = clock.now()
    due = select(ExpiringUploadRow).where(ExpiringUploadRow.look_at <= now).order_by(ExpiringUploadRow.look_at)
    with database.write() as session:
        rows = session.scalars(due.limit(limit).with_for_update(skip_locked=True))
        held = update(ExpiringUploadRow).where(ExpiringUploadRow.clip_id.in_([row.clip_id for row in rows]))
        session.execute(held.values(look_at=now + HOLD))
    for row in rows:
        with database.read() as session:
            clip = session.get(ClipRow, row.clip_id)
            unfinished = select(DeletionRow.id).where(DeletionRow.subject == row.clip_id)
            if session.scalar(unfinished.where(DeletionRow.completed_at.is_(None))):
                continue  # the deletion counts these files itself
        keep = frozenset({clip.video_key, clip.thumbnail_key} if clip else ())
        try:
            found = remove(store, row.prefix, keep)
        except StorageError as error:
            log.warning("%s: its objects are looked for again: %s", row.clip_id, error)
            continue
        with database.write() as session:
            _settle(session, row, found, clock.now())
    return len(rows) == limit


def _settle(session: WriteSession, row: ExpiringUploadRow, found: RemovedObjects, now: datetime) -> None:
    """Count what was found and set the next look, or forget the clip after the last one."""
    if found.num_objects:
        log.warning("%s: removed %d uploads (%d bytes) that came after its end", row.clip_id, *found)
        _add_to_deletion(session, row.clip_id, found, now)
    here = ExpiringUploadRow.clip_id == row.clip_id
    settled_at = row.expires_at + CLOCK_MARGIN
    if now >= settled_at + SLOW_UPLOAD:
        session.execute(delete(ExpiringUploadRow).where(here))
        return
    if now >= settled_at:
        values = {"look_at": settled_at + SLOW_UPLOAD, "size_bytes": 0, "found_bytes": 0}
    else:
        next_look = min(now + max(now - row.ended_at, FIRST_LOOK), settled_at)
        values = {"look_at": next_look, "found_bytes": max(found.num_bytes, row.found_bytes)}
    session.execute(update(ExpiringUploadRow).where(here).values(values))


def _add_to_deletion(session: WriteSession, clip_id: str, found: RemovedObjects, now: datetime) -> None:
    """A deleted clip's proof of deletion covers what came later."""
    values = {
        "num_objects": func.coalesce(DeletionRow.num_objects, 0) + found.num_objects,
        "num_bytes": func.coalesce(DeletionRow.num_bytes, 0) + found.num_bytes,
        "completed_at": now,
    }
    session.execute(update(DeletionRow).where(DeletionRow.subject == clip_id).values(values))
