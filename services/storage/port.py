"""The port: what the domain asks of a place that keeps bytes under keys."""

import mimetypes
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Literal, NamedTuple, Protocol

from shared.errors import ChoreoError

MAX_KEY_LENGTH = 512
_SEGMENT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._=@+-]*")


class StorageError(ChoreoError):
    """Storage could not do what was asked."""

    code, title = "storage_error", "Storage error"


class BadKey(StorageError):
    """An object key that no store accepts: empty, absolute, too long, or with a segment outside `[A-Za-z0-9._=@+-]`."""

    code, title, status = "bad_storage_key", "Bad storage key", 404


class ObjectMissing(StorageError):
    """No object is stored under this key."""

    code, title, status = "object_missing", "No such object", 404


class BucketMissing(StorageError):
    """The place that the settings name does not exist; `python -m services.storage` makes it."""

    code, title = "bucket_missing", "No such bucket"


class AlreadyExists(StorageError):
    """A conditional put found an object under its key already (RFC 9110 `If-None-Match: *`)."""

    code, title, status = "object_exists", "Object exists", 409


class StorageDenied(StorageError):
    """The storage server refused our credentials or our permission."""

    code, title = "storage_denied", "Storage denied"


class StorageUnavailable(StorageError):
    """The storage server could not be reached, or asked us to come back later."""

    code, title, status, retryable = "storage_unavailable", "Storage unavailable", 503, True


class UnsafeStorage(StorageError):
    """This storage lets two writers win one conditional put, so no commit point can be built on it."""

    code, title = "unsafe_storage", "Unsafe storage"


class SignatureRefused(StorageError):
    """A signed URL of the service's own store that is tampered with, incomplete or expired."""

    code, title, status = "signature_refused", "Signature refused", 403


class SizeMismatch(StorageError):
    """An upload that is longer or shorter than its signed URL allows."""

    code, title, status = "size_mismatch", "Wrong size", 400


class ObjectInfo(NamedTuple):
    """What a store knows of one object without reading it."""

    key: str
    size: int
    """In bytes."""
    content_type: str
    modified_at: datetime


class Upload(NamedTuple):
    """A presigned upload: send the bytes with this method, to this URL, with these headers, before it expires."""

    url: str
    method: Literal["PUT"]
    headers: Mapping[str, str]
    expires_at: datetime


class ObjectStore(Protocol):
    """Bytes under keys, written whole or not at all. Keys obey `check_key`; `expires` is in seconds from now.

    Every method may raise `BadKey`, `StorageUnavailable` and `StorageDenied`.
    No key may be the folder of another (`a` and `a/b`): a store on a file system could not keep both.
    """

    def put(
        self, key: str, source: Path | bytes, *, if_none_match: bool = False, content_type: str | None = None
    ) -> ObjectInfo:
        """Stores a file or bytes. With `if_none_match` the first writer wins and every other gets `AlreadyExists`."""
        ...

    def copy(self, key: str, to: str) -> None:
        """Stores the object under a second key, inside the store. Raises `ObjectMissing`."""
        ...

    def get(self, key: str, path: Path) -> None:
        """Downloads to a file, whose folder must exist. Raises `ObjectMissing`."""
        ...

    def read(self, key: str) -> bytes:
        """The whole object, for small ones. Raises `ObjectMissing`."""
        ...

    def head(self, key: str) -> ObjectInfo | None:
        """What is known of an object, or None when there is none."""
        ...

    def delete(self, key: str) -> None:
        """Removes an object; one that is gone already is no error."""
        ...

    def delete_prefix(self, prefix: str) -> int:
        """Removes every object below a folder (`tenants/a` does not touch `tenants/ab`); returns how many.

        Parts of uploads that were not assembled go too.
        """
        ...

    def list(self, prefix: str) -> Iterator[ObjectInfo]:
        """Every object below a folder, in key order."""
        ...

    def presign_get(self, key: str, *, expires: int = 3600) -> str:
        """A URL that downloads the object without a key. Whether the object exists is not looked at."""
        ...

    def presign_put(self, key: str, *, size: int, expires: int = 3600) -> Upload:
        """A URL that uploads exactly `size` bytes."""
        ...

    def begin_parts(self, key: str) -> str:
        """Begins an upload in parts; returns its id. Nothing is stored under the key until it is assembled."""
        ...

    def presign_part(self, key: str, upload_id: str, number: int, *, size: int, expires: int = 3600) -> Upload:
        """A URL that uploads exactly `size` bytes as a part, the first of which has the number 1."""
        ...

    def assemble(self, key: str, upload_id: str) -> bool:
        """Makes the object of the parts that came, in the order of their numbers; false when none came.

        Raises `ObjectMissing` for an upload that was assembled already, or that is gone.
        """
        ...

    def prepare(self) -> None:
        """Makes the place that everything is stored in, unless it is there."""
        ...

    def check(self) -> None:
        """Proves at start that a conditional put has one winner. Raises `UnsafeStorage` when it does not."""
        ...


def check_key(key: str) -> str:
    """The key itself. Raises `BadKey` for one that could leave its store or that stores spell differently."""
    if len(key) > MAX_KEY_LENGTH or not all(_SEGMENT.fullmatch(segment) for segment in key.split("/")):
        raise BadKey(f"not a storage key: {key[:80]!r}")
    return key


def check_prefix(prefix: str) -> str:
    """The folder's key, without the slash it may end with. Raises `BadKey`; there is no way to name a whole store."""
    return check_key(prefix.removesuffix("/"))


def content_type_of(key: str) -> str:
    """The media type that a key's suffix says."""
    return mimetypes.guess_type(key, strict=True)[0] or "application/octet-stream"
