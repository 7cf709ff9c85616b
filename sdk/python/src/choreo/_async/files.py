"""Files streamed in chunks; no file is held in memory."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import BinaryIO

from choreo._async.sleep import run_in_thread

CHUNK_BYTES = 2**20


class AsyncFile:
    """A file as request content. Each iteration starts at the beginning, so that a request can be retried."""

    def __init__(self, path: Path) -> None:
        self.path = path

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with closing(await run_in_thread(self.path.open, "rb")) as file:
            while chunk := await run_in_thread(file.read, CHUNK_BYTES):
                yield chunk

    async def size(self) -> int:
        """The size in bytes."""
        return (await run_in_thread(self.path.stat)).st_size

    async def sha256(self) -> str:
        """The SHA-256, hexadecimal."""
        digest = hashlib.sha256()
        async for chunk in self:
            digest.update(chunk)
        return digest.hexdigest()


async def write(chunks: AsyncIterator[bytes], file: BinaryIO) -> str:
    """Write the received chunks; return their SHA-256, hexadecimal."""
    digest = hashlib.sha256()
    async for chunk in chunks:
        digest.update(chunk)
        await run_in_thread(file.write, chunk)
    return digest.hexdigest()
