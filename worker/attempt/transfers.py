"""Files of an attempt: inputs come down from storage, results and checkpoints go up, the manifest last."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from services.storage.port import ObjectStore, content_type_of
from shared.schemas.common import StoredFile

MANIFEST = "manifest.json"
CHUNK = 2**20


def download(store: ObjectStore, keys: Mapping[str, str], folder: Path) -> dict[str, Path]:
    """Fetch objects into `folder`, which is made; from names and keys to names and files.

    Raises:
        StorageError: one of them is missing, or storage is away.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = {name: folder / name for name in keys}
    for name, key in keys.items():
        store.get(key, files[name])
    return files


def upload(store: ObjectStore, files: Mapping[str, Path], prefix: str) -> tuple[StoredFile, ...]:
    """Store files under `prefix` (which ends with a slash), in the order given.

    Raises:
        StorageError: storage is away.
    """
    return tuple(_upload(store, name, file, prefix + name) for name, file in files.items())


def write_manifest(store: ObjectStore, prefix: str, files: Iterable[StoredFile], facts: Mapping[str, Any]) -> str:
    """Commit what was uploaded: the manifest is written once, after everything that it names; returns its key.

    Raises:
        AlreadyExists: somebody has committed this prefix before.
        StorageError: storage is away.
    """
    listed = {file.name: {"sha256": file.sha256, "size_bytes": file.size_bytes} for file in files}
    text = json.dumps({**facts, "files": listed}, indent=2, sort_keys=True, default=str)
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
