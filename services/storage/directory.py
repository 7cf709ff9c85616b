"""The store for one machine: a directory. The service signs and serves its URLs itself."""

import os
import shutil
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex
from typing import BinaryIO

from services.storage.port import (
    AlreadyExists,
    BadKey,
    ObjectInfo,
    ObjectMissing,
    SizeMismatch,
    UnsafeStorage,
    Upload,
    check_conditional_writes,
    check_key,
    check_prefix,
    content_type_of,
)
from services.storage.signing import UrlSigner
from shared.files import make_folder, sync_folder, write_atomically


class DirectoryStore:
    """Objects as files below `root/objects`, written to temporary files and then linked or renamed atomically."""

    accepts_late_uploads = False

    def __init__(self, root: Path, *, signer: UrlSigner) -> None:
        self.signer = signer
        self._objects = root / "objects"
        self._types = root / "types"
        self._pending = root / "pending"
        for folder in (self._objects, self._types, self._pending):
            make_folder(folder)

    def put(
        self, key: str, source: Path | bytes, *, if_none_match: bool = False, content_type: str | None = None
    ) -> ObjectInfo:
        """See `ObjectStore.put`."""
        with self._pending_file() as (file, temporary):
            if isinstance(source, bytes):
                file.write(source)
            else:
                with source.open("rb") as reader:
                    shutil.copyfileobj(reader, file)
            self._publish(file, temporary, key, if_none_match=if_none_match)
        self._remember_type(key, content_type)
        return self._info(key)

    def copy(self, key: str, to: str) -> None:
        """See `ObjectStore.copy`."""
        try:
            self.put(to, self.path(key), content_type=self._info(key).content_type)
        except FileNotFoundError as error:  # deleted concurrently
            raise ObjectMissing(f"no object {key}") from error

    @contextmanager
    def writing(
        self, key: str, *, size: int, admission: Callable[[], AbstractContextManager[object]] = nullcontext
    ) -> Generator[Callable[[bytes], object]]:
        """Receive an upload in chunks; the object becomes visible when the block ends without an error.

        Raises `SizeMismatch` as soon as more than `size` bytes come, or at the end when fewer did. `admission` is held
        while the object becomes visible, and refuses it with an error.
        """
        with self._pending_file() as (file, temporary):

            def write(chunk: bytes) -> None:
                if file.tell() + len(chunk) > size:
                    raise SizeMismatch(f"more than the {size} bytes that were declared")
                file.write(chunk)

            yield write
            if file.tell() != size:
                raise SizeMismatch(f"{file.tell()} of the {size} bytes that were declared")
            with admission():
                self._publish(file, temporary, key, if_none_match=False)

    def path(self, key: str) -> Path:
        """The file of an object. Raises `ObjectMissing`."""
        path = self._objects / check_key(key)
        if not path.is_file():
            raise ObjectMissing(f"no object {key}")
        return path

    def get(self, key: str, path: Path) -> None:
        """See `ObjectStore.get`."""
        shutil.copyfile(self.path(key), path)

    def read(self, key: str) -> bytes:
        """See `ObjectStore.read`."""
        return self.path(key).read_bytes()

    def head(self, key: str) -> ObjectInfo | None:
        """See `ObjectStore.head`."""
        try:
            return self._info(key)
        except ObjectMissing:
            return None

    def delete(self, key: str) -> None:
        """See `ObjectStore.delete`."""
        for folder in (self._objects, self._types):
            path = folder / check_key(key)
            if path.is_file():
                path.unlink(missing_ok=True)
                with suppress(FileNotFoundError):  # the folder is deleted concurrently
                    sync_folder(path.parent)

    def delete_prefix(self, prefix: str) -> int:
        """See `ObjectStore.delete_prefix`."""
        keys = [info.key for info in self.list(prefix)]
        for key in keys:
            self.delete(key)
        for folder in (self._objects, self._types):
            top = folder / check_prefix(prefix)
            shutil.rmtree(top, ignore_errors=True)
            if top.parent.is_dir():
                sync_folder(top.parent)
        return len(keys)

    def list(self, prefix: str) -> Iterator[ObjectInfo]:
        """See `ObjectStore.list`."""
        files = (path for path in (self._objects / check_prefix(prefix)).rglob("*") if path.is_file())
        for key in sorted(path.relative_to(self._objects).as_posix() for path in files):
            info = self.head(key)
            if info is not None:
                yield info

    def presign_get(self, key: str, *, expires: int = 3600) -> str:
        """See `ObjectStore.presign_get`."""
        return self.signer.sign("GET", key, expires=expires)[0]

    def presign_put(self, key: str, *, size: int, expires: int = 3600) -> Upload:
        """See `ObjectStore.presign_put`."""
        url, expires_at = self.signer.sign("PUT", key, expires=expires, size=size)
        return Upload(url, "PUT", {"Content-Length": str(size)}, expires_at)

    def begin_parts(self, key: str) -> str:
        """See `ObjectStore.begin_parts`. Parts are stored beside the key and deleted with it."""
        return f"{check_key(key)}.{token_hex(8)}.parts"

    def presign_part(self, key: str, upload_id: str, number: int, *, size: int, expires: int = 3600) -> Upload:
        """See `ObjectStore.presign_part`."""
        check_key(key)
        return self.presign_put(f"{upload_id}/{number:05d}", size=size, expires=expires)

    def assemble(self, key: str, upload_id: str) -> bool:
        """See `ObjectStore.assemble`."""
        parts = [info.key for info in self.list(upload_id)]
        if not parts:
            if self.head(key) is not None:
                raise ObjectMissing(f"{key} was assembled already")
            return False
        with self._pending_file() as (file, temporary):
            for part in parts:
                with self.path(part).open("rb") as reader:
                    shutil.copyfileobj(reader, file)
            self._publish(file, temporary, key, if_none_match=False)
        self.delete_prefix(upload_id)
        return True

    def discard_parts(self, prefix: str) -> Sequence[int]:
        """See `ObjectStore.discard_parts`. Parts are objects here."""
        check_prefix(prefix)
        return ()

    def prepare(self) -> None:
        """See `ObjectStore.prepare`. The directory is created when the store is opened."""

    def check(self) -> None:
        """See `ObjectStore.check`. A file system without hard links is refused."""
        try:
            check_conditional_writes(self)
        except OSError as error:
            raise UnsafeStorage(f"{self._objects} cannot hold a store: {error}") from error

    @contextmanager
    def _pending_file(self) -> Generator[tuple[BinaryIO, Path]]:
        temporary = self._pending / token_hex(16)
        try:
            with temporary.open("xb") as file:
                yield file, temporary
        finally:
            temporary.unlink(missing_ok=True)

    def _publish(self, file: BinaryIO, temporary: Path, key: str, *, if_none_match: bool) -> None:
        """Publish the finished file: link(2) fails when the name exists, rename(2) replaces it.

        The folders up to the root are synced every time, because another process may have made one just now.
        """
        file.flush()
        os.fsync(file.fileno())
        target = self._place(key)
        try:
            if if_none_match:
                os.link(temporary, target)
            else:
                temporary.replace(target)
        except FileExistsError as error:
            raise AlreadyExists(f"object {key} exists") from error
        sync_folder(target.parent, self._objects)

    def _place(self, key: str) -> Path:
        target = self._objects / check_key(key)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
        except (NotADirectoryError, FileExistsError) as error:
            raise BadKey(f"{key} lies below another object's key") from error
        if target.is_dir():
            raise BadKey(f"{key} is the folder of other objects' keys")
        return target

    def _remember_type(self, key: str, content_type: str | None) -> None:
        path = self._types / key
        if content_type is not None and content_type != content_type_of(key):
            write_atomically(path, content_type)
        else:
            path.unlink(missing_ok=True)

    def _info(self, key: str) -> ObjectInfo:
        stat = self.path(key).stat()
        named = self._types / key
        content_type = named.read_text() if named.is_file() else content_type_of(key)
        return ObjectInfo(key, stat.st_size, content_type, datetime.fromtimestamp(stat.st_mtime, UTC))
