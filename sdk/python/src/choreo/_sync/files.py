"""Files streamed in chunks; no file is held in memory."""

import hashlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import BinaryIO

from choreo._sync.sleep import run_in_thread

CHUNK_BYTES = 2**20


class File:
    """A file as request content. Each iteration starts at the beginning, so that a request can be retried."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __iter__(self) -> Iterator[bytes]:
        with closing(run_in_thread(self.path.open, "rb")) as file:
            while chunk := run_in_thread(file.read, CHUNK_BYTES):
                yield chunk

    def size(self) -> int:
        """The size in bytes."""
        return (run_in_thread(self.path.stat)).st_size

    def sha256(self) -> str:
        """The SHA-256, hexadecimal."""
        digest = hashlib.sha256()
        for chunk in self:
            digest.update(chunk)
        return digest.hexdigest()


def write(chunks: Iterator[bytes], file: BinaryIO) -> str:
    """Write the received chunks; return their SHA-256, hexadecimal."""
    digest = hashlib.sha256()
    for chunk in chunks:
        digest.update(chunk)
        run_in_thread(file.write, chunk)
    return digest.hexdigest()
