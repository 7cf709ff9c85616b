"""Files that are sent and received piece by piece: none is ever held in memory."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import BinaryIO

from choreo._async.pauses import apart

CHUNK_BYTES = 2**20


class AsyncFile:
    """A file as a request's content. Each walk over it starts at its beginning, so that it can be sent again."""

    def __init__(self, path: Path) -> None:
        self.path = path

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with closing(await apart(self.path.open, "rb")) as file:
            while chunk := await apart(file.read, CHUNK_BYTES):
                yield chunk

    async def size(self) -> int:
        """Its length in bytes."""
        return (await apart(self.path.stat)).st_size

    async def sha256(self) -> str:
        """Its SHA-256, in hexadecimal."""
        digest = hashlib.sha256()
        async for chunk in self:
            digest.update(chunk)
        return digest.hexdigest()


async def write(chunks: AsyncIterator[bytes], file: BinaryIO) -> str:
    """Writes what arrives; returns its SHA-256, in hexadecimal."""
    digest = hashlib.sha256()
    async for chunk in chunks:
        digest.update(chunk)
        await apart(file.write, chunk)
    return digest.hexdigest()
