"""Bytes to and from the storage, by presigned URLs: no key of the service's goes there."""

import hashlib
import os
from pathlib import Path

import httpx

from choreo._async.http import AsyncHttp
from choreo._async.pauses import apart
from choreo.errors import TransferFailed
from choreo.generated.models import Artifact, Upload
from choreo.retries import REPEATABLE, Retries

TIMEOUT = httpx.Timeout(120.0, connect=10.0)
_SHOWN_CHARACTERS = 200


class AsyncStorage:
    """Sends and fetches whole files."""

    def __init__(self, retries: Retries) -> None:
        self._http = AsyncHttp(retries=retries, to_error=_refused, timeout=TIMEOUT, follow_redirects=True)

    async def send(self, upload: Upload, content: bytes) -> None:
        """Raises TransferFailed and Unreachable."""
        headers = dict(upload.headers.additional_properties)
        extensions = {REPEATABLE: True}
        await self._http.request(upload.method, upload.url, content=content, headers=headers, extensions=extensions)

    async def fetch(self, artifact: Artifact, path: Path) -> Path:
        """Writes an artifact to `path`, whole or not at all, and makes the folders on the way.

        Raises:
            TransferFailed: the storage refused, or what came has another SHA-256 than was announced.
            Unreachable: it did not answer.
        """
        content = (await self._http.get(artifact.url)).content
        if hashlib.sha256(content).hexdigest() != artifact.sha256:
            raise TransferFailed(f"{artifact.name} arrived with another SHA-256 than was announced")
        await apart(_write_whole, path, content)
        return path

    async def aclose(self) -> None:
        """Lets go of the connections."""
        await self._http.aclose()


def _refused(response: httpx.Response, _retry_after: float | None) -> TransferFailed:
    place = response.request.url.copy_with(query=None)  # the query is the signature: not for logs
    words = response.text[:_SHOWN_CHARACTERS]
    return TransferFailed(f"{response.request.method} {place} answered {response.status_code}: {words}")


def _write_whole(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        temporary.write_bytes(content)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
