"""Files that are sent and received piece by piece: none is ever held in memory."""

import hashlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import BinaryIO

from choreo._sync.pauses import apart

CHUNK_BYTES = 2**20


class File:
    """A file as a request's content. Each walk over it starts at its beginning, so that it can be sent again."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __iter__(self) -> Iterator[bytes]:
        with closing(apart(self.path.open, "rb")) as file:
            while chunk := apart(file.read, CHUNK_BYTES):
                yield chunk

    def size(self) -> int:
        """Its length in bytes."""
        return (apart(self.path.stat)).st_size

    def sha256(self) -> str:
        """Its SHA-256, in hexadecimal."""
        digest = hashlib.sha256()
        for chunk in self:
            digest.update(chunk)
        return digest.hexdigest()


def write(chunks: Iterator[bytes], file: BinaryIO) -> str:
    """Writes what arrives; returns its SHA-256, in hexadecimal."""
    digest = hashlib.sha256()
    for chunk in chunks:
        digest.update(chunk)
        apart(file.write, chunk)
    return digest.hexdigest()
