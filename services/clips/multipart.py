"""Large files in parts, which may be sent side by side, and each again when it fails."""

from typing import NamedTuple

from sqlalchemy import update

from services.db.sessions import Database
from services.db.tables import ClipRow
from services.storage.port import ObjectStore, Upload


class Part(NamedTuple):
    """A piece of a file, and how to send it."""

    size: int
    upload: Upload


def begin(database: Database, store: ObjectStore, row: ClipRow, *, part_bytes: int, expires: int) -> tuple[Part, ...]:
    """The parts of a declared clip, `part_bytes` each; the last one may be smaller.

    Storage is asked outside any transaction. What a process that dies meanwhile has begun goes with the clip, which
    nobody can complete, when its time is over.
    Raises StorageError.
    """
    upload_id = store.begin_parts(row.upload_key)
    with database.write() as session:
        session.execute(update(ClipRow).where(ClipRow.id == row.id).values(upload_id=upload_id))
    return sign(store, row, upload_id, part_bytes=part_bytes, expires=expires)


def sign(store: ObjectStore, row: ClipRow, upload_id: str, *, part_bytes: int, expires: int) -> tuple[Part, ...]:
    """The parts of an upload that was begun, with fresh addresses."""
    sizes = [min(part_bytes, row.size_bytes - start) for start in range(0, row.size_bytes, part_bytes)]
    return tuple(
        Part(size, store.presign_part(row.upload_key, upload_id, number, size=size, expires=expires))
        for number, size in enumerate(sizes, 1)
    )
