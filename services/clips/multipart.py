"""Multipart uploads of large files: parts may be sent in parallel and retried individually."""

from typing import NamedTuple

from sqlalchemy import update

from services.db.sessions import Database
from services.db.tables import ClipRow
from services.storage.port import ObjectStore, Upload


class Part(NamedTuple):
    """A part of a file and its presigned upload."""

    size: int
    upload: Upload


def begin(database: Database, store: ObjectStore, row: ClipRow, *, part_bytes: int, expires: int) -> tuple[Part, ...]:
    """Start a multipart upload: parts of `part_bytes`, the last one may be smaller. Raises StorageError.

    Storage is called outside any transaction. If the process crashes in between, the upload is removed with the expired
    clip.
    """
    upload_id = store.begin_parts(row.upload_key)
    with database.write() as session:
        session.execute(update(ClipRow).where(ClipRow.id == row.id).values(upload_id=upload_id))
    return sign(store, row, upload_id, part_bytes=part_bytes, expires=expires)


def sign(store: ObjectStore, row: ClipRow, upload_id: str, *, part_bytes: int, expires: int) -> tuple[Part, ...]:
    """The parts of a started upload with fresh URLs."""
    sizes = [min(part_bytes, row.size_bytes - start) for start in range(0, row.size_bytes, part_bytes)]
    return tuple(
        Part(size, store.presign_part(row.upload_key, upload_id, number, size=size, expires=expires))
        for number, size in enumerate(sizes, 1)
    )
