"""Hard deletion of stored objects, with proof: requested in the transaction that deletes the row, done by the sweep."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from services import outbox
from services.db.sessions import Database, ReadSession, WriteSession
from services.db.tables import DeletionRow
from services.storage.port import ObjectStore, StorageError
from shared.clock import Clock
from shared.errors import Conflict
from shared.ids import new_id
from shared.schemas.deletion import Deletion, DeletionKind, DeletionReason


class ObjectsRemain(StorageError):
    """Storage still lists objects after their deletion; the deletion is repeated."""

    code, title = "left_behind", "Objects remain"


def request(
    session: WriteSession,
    tenant_id: str,
    kind: DeletionKind,
    subject: str,
    prefix: str,
    now: datetime,
    *,
    reason: DeletionReason = "request",
) -> None:
    """Request the deletion of all objects below `prefix` after this transaction is committed."""
    row = DeletionRow(
        id=new_id("del", now),
        tenant_id=tenant_id,
        kind=kind,
        subject=subject,
        reason=reason,
        prefix=prefix,
        requested_at=now,
    )
    session.add(row)
    outbox.put(session, outbox.DELETE, {"prefix": prefix, "deletion_id": row.id, "tenant_id": tenant_id}, now)


class ReservationExpired(Conflict):
    """The reservation expired before the upload was completed; retry."""

    code, title, retryable = "place_lost", "Reservation expired", True


def reserve(session: WriteSession, tenant_id: str, prefix: str, until: datetime) -> None:
    """Reserve `prefix`: its objects are deleted at `until`, unless `claim` is called before.

    For objects that are stored before a row names them: if the process ends in between, none of them stays.
    """
    outbox.put(session, outbox.DELETE, {"prefix": prefix, "tenant_id": tenant_id}, until, prefix)


def claim(session: WriteSession, prefix: str) -> None:
    """Keep the objects below `prefix`, which this transaction references. Raises ReservationExpired."""
    if not outbox.withdraw(session, outbox.DELETE, prefix):
        raise ReservationExpired(f"the reservation of {prefix} expired before the upload was completed; retry")


def delete_objects(database: Database, store: ObjectStore, item: outbox.OutboxItem, clock: Clock) -> None:
    """Carry out a requested deletion: count the objects, delete them, verify that none is left.

    Raises ObjectsRemain and other StorageErrors; the outbox item is then taken again later.
    """
    prefix, deletion_id = item.payload["prefix"], item.payload.get("deletion_id")
    found = [info.size for info in store.list(prefix)]
    _note(database, deletion_id, {"num_objects": len(found), "num_bytes": sum(found)}, unless_counted=True)
    store.delete_prefix(prefix)
    if next(iter(store.list(prefix)), None) is not None:
        raise ObjectsRemain(f"objects are left below {prefix}")
    _note(database, deletion_id, {"completed_at": clock.now()})
    with database.write() as session:
        outbox.done(session, item.id)


def list_page(
    session: ReadSession, tenant_id: str, limit: int, after: str | None = None, subject: str | None = None
) -> Sequence[DeletionRow]:
    """Up to `limit` deletions, optionally of one subject, newest first, after the deletion `after`."""
    query = select(DeletionRow).where(DeletionRow.tenant_id == tenant_id)
    query = query if subject is None else query.where(DeletionRow.subject == subject)
    query = query if after is None else query.where(DeletionRow.id < after)
    return session.scalars(query.order_by(DeletionRow.id.desc()).limit(limit))


def view(row: DeletionRow) -> Deletion:
    """The deletion as the API returns it."""
    return Deletion.model_validate({name: getattr(row, name) for name in Deletion.model_fields})


def _note(database: Database, deletion_id: str | None, values: dict[str, Any], *, unless_counted: bool = False) -> None:
    """Store the progress of a deletion. A repeated run does not overwrite the first run's counts."""
    if deletion_id is None:
        return
    change = update(DeletionRow).where(DeletionRow.id == deletion_id).values(values)
    change = change.where(DeletionRow.num_objects.is_(None)) if unless_counted else change
    with database.write() as session:
        session.execute(change)
