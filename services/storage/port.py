"""The object store port."""

import mimetypes
import re
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from secrets import token_hex
from threading import Barrier
from typing import Literal, NamedTuple, Protocol

from shared.errors import ChoreoError

MAX_KEY_LENGTH = 512
NUM_WRITERS = 8
"""Concurrent writers of one key in the startup check."""
_SEGMENT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._=@+-]*")


class StorageError(ChoreoError):
    """The storage operation failed."""

    code, title = "storage_error", "Storage error"


class BadKey(StorageError):
    """An object key that no store accepts: empty, absolute, too long, or with a segment outside `[A-Za-z0-9._=@+-]`."""

    code, title, status = "bad_storage_key", "Bad storage key", 404


class ObjectMissing(StorageError):
    """No object is stored under this key."""

    code, title, status = "object_missing", "No such object", 404


class BucketMissing(StorageError):
    """The configured bucket does not exist; `python -m services.storage` creates it."""

    code, title = "bucket_missing", "No such bucket"


class AlreadyExists(StorageError):
    """A conditional put found an existing object under its key (RFC 9110 `If-None-Match: *`)."""

    code, title, status = "object_exists", "Object exists", 409


class StorageDenied(StorageError):
    """The storage server refused the credentials or the permission."""

    code, title = "storage_denied", "Storage denied"


class StorageUnavailable(StorageError):
    """The storage server did not answer, or asked for a retry."""

    code, title, status, retryable = "storage_unavailable", "Storage unavailable", 503, True


class UnsafeStorage(StorageError):
    """The storage lets two writers win one conditional put, so a manifest cannot be a commit point."""

    code, title = "unsafe_storage", "Unsafe storage"


class SignatureRefused(StorageError):
    """The signed URL is altered, incomplete or expired."""

    code, title, status = "signature_refused", "Signature refused", 403


class SizeMismatch(StorageError):
    """An upload that is longer or shorter than its signed URL allows."""

    code, title, status = "size_mismatch", "Wrong size", 400


class ObjectInfo(NamedTuple):
    """Metadata of an object."""

    key: str
    size: int
    """Size in bytes."""
    content_type: str
    modified_at: datetime


class Upload(NamedTuple):
    """A presigned upload: send the bytes with this method, to this URL, with these headers, before it expires."""

    url: str
    method: Literal["PUT"]
    headers: Mapping[str, str]
    expires_at: datetime


class ObjectStore(Protocol):
    """Objects under keys, written atomically. Keys obey `check_key`; `expires` is in seconds from now.

    Every method may raise `BadKey`, `StorageUnavailable` and `StorageDenied`.
    No key may be a prefix directory of another (`a` and `a/b`): a file system cannot hold both.
    """

    accepts_late_uploads: bool
    """Whether an upload URL works until it expires, even when nothing waits for the upload any more."""

    def put(
        self, key: str, source: Path | bytes, *, if_none_match: bool = False, content_type: str | None = None
    ) -> ObjectInfo:
        """Store a file or bytes. With `if_none_match` only the first writer succeeds; others get `AlreadyExists`."""
        ...

    def copy(self, key: str, to: str) -> None:
        """Copy an object inside the store. Raises `ObjectMissing`."""
        ...

    def get(self, key: str, path: Path) -> None:
        """Download to a file in an existing directory. Raises `ObjectMissing`."""
        ...

    def read(self, key: str) -> bytes:
        """The content of a small object. Raises `ObjectMissing`."""
        ...

    def head(self, key: str) -> ObjectInfo | None:
        """The metadata of an object, or None if it does not exist."""
        ...

    def delete(self, key: str) -> None:
        """Delete an object. Idempotent."""
        ...

    def delete_prefix(self, prefix: str) -> int:
        """Delete every object below a directory (`tenants/a` does not match `tenants/ab`); returns their number.

        Parts of unassembled uploads are deleted too.
        """
        ...

    def list(self, prefix: str) -> Iterator[ObjectInfo]:
        """Every object below a directory, in key order."""
        ...

    def presign_get(self, key: str, *, expires: int = 3600) -> str:
        """A URL that downloads the object without credentials. The object's existence is not checked."""
        ...

    def presign_put(self, key: str, *, size: int, expires: int = 3600) -> Upload:
        """A URL that uploads exactly `size` bytes."""
        ...

    def begin_parts(self, key: str) -> str:
        """Start a multipart upload; returns its id. The object does not exist until it is assembled."""
        ...

    def presign_part(self, key: str, upload_id: str, number: int, *, size: int, expires: int = 3600) -> Upload:
        """A URL that uploads exactly `size` bytes as part `number`, counted from 1."""
        ...

    def assemble(self, key: str, upload_id: str) -> bool:
        """Assemble the object from the uploaded parts, in the order of numbers; False when there are none.

        Raises `ObjectMissing` for an upload that was assembled already, or that is gone.
        """
        ...

    def discard_parts(self, prefix: str) -> Sequence[int]:
        """Discard the uploads in parts below a directory that were not assembled; returns their sizes in bytes.

        Parts that are stored as objects are not among them: `list` has these.
        """
        ...

    def prepare(self) -> None:
        """Create the bucket or directory if it is missing."""
        ...

    def check(self) -> None:
        """Check at startup that a conditional put has one winner. Raises `UnsafeStorage`."""
        ...


def check_key(key: str) -> str:
    """Validate a key and return it. Raises `BadKey` for keys that could escape or that stores treat differently."""
    if len(key) > MAX_KEY_LENGTH or not all(_SEGMENT.fullmatch(segment) for segment in key.split("/")):
        raise BadKey(f"not a storage key: {key[:80]!r}")
    return key


def check_prefix(prefix: str) -> str:
    """Validate a prefix and return it without a trailing slash. Raises `BadKey`; the whole store cannot be named."""
    return check_key(prefix.removesuffix("/"))


def content_type_of(key: str) -> str:
    """The media type for a key's suffix."""
    return mimetypes.guess_type(key, strict=True)[0] or "application/octet-stream"


def check_conditional_writes(store: ObjectStore) -> None:
    """Let several writers race for one key with `if_none_match`. Raises `UnsafeStorage` unless one wins."""
    key = f"checks/{token_hex(16)}"
    barrier = Barrier(NUM_WRITERS)

    def write(number: int) -> bytes | None:
        body = f"writer {number}".encode()
        barrier.wait()
        try:
            store.put(key, body, if_none_match=True)
        except AlreadyExists:
            return None
        return body

    try:
        with ThreadPoolExecutor(NUM_WRITERS) as pool:
            winners = [body for body in pool.map(write, range(NUM_WRITERS)) if body is not None]
        _check_winner(winners, store.read(key))
    finally:
        store.delete(key)


def _check_winner(winners: list[bytes], kept: bytes) -> None:
    if len(winners) != 1:
        raise UnsafeStorage(f"{len(winners)} of {NUM_WRITERS} writers won one conditional put")
    if kept != winners[0]:
        raise UnsafeStorage("the winner of a conditional put was overwritten")
