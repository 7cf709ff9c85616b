"""File transfers of an attempt: downloads its inputs, uploads its results and checkpoints, writes the manifest."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from services.storage.port import ObjectStore, content_type_of
from shared.schemas.common import StoredFile

MANIFEST = "manifest.json"


def download(store: ObjectStore, keys: Mapping[str, str], folder: Path) -> dict[str, Path]:
    """Download the objects with these `keys`, by file name, into `folder`, which is created; returns paths by name.

    Raises:
        StorageError: an object is missing, or storage is unavailable.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = {name: folder / name for name in keys}
    for name, key in keys.items():
        store.get(key, files[name])
    return files


def upload(store: ObjectStore, files: Mapping[str, Path], prefix: str) -> tuple[StoredFile, ...]:
    """Upload files under `prefix` (which ends with a slash), in the order given.

    Raises:
        StorageError: storage is unavailable.
    """
    return tuple(_upload(store, name, file, prefix + name) for name, file in files.items())


def write_manifest(store: ObjectStore, prefix: str, files: Iterable[StoredFile], content: Mapping[str, Any]) -> str:
    """Write the manifest, `content` with the hashes of `files`, after all files that it names; returns its key.

    A prefix has at most one manifest, which marks its files as complete.

    Raises:
        AlreadyExists: the prefix has a manifest.
        StorageError: storage is unavailable.
    """
    listed = {file.name: {"sha256": file.sha256, "size_bytes": file.size_bytes} for file in files}
    text = json.dumps({**content, "files": listed}, indent=2, sort_keys=True, default=str, allow_nan=False)
    key = prefix + MANIFEST
    store.put(key, text.encode(), if_none_match=True, content_type="application/json")
    return key


def _upload(store: ObjectStore, name: str, file: Path, key: str) -> StoredFile:
    stored = StoredFile(
        name=name,
        key=key,
        size_bytes=file.stat().st_size,
        sha256=_sha256(file),
        content_type=content_type_of(key),
    )
    store.put(key, file, content_type=stored.content_type)
    return stored


def _sha256(file: Path) -> str:
    with file.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()
