"""Uploads and downloads by presigned URLs; the API key is not sent to the storage."""

import os
from pathlib import Path

import httpx

from choreo._async.files import AsyncFile, write
from choreo._async.http import AsyncHttp
from choreo._async.sleep import sleep
from choreo.errors import TransferFailed, Unreachable
from choreo.generated.models import Artifact, Upload
from choreo.retries import REPEATABLE, Retries

TIMEOUT = httpx.Timeout(120.0, connect=10.0)
_SHOWN_CHARACTERS = 200


class AsyncStorage:
    """Uploads and downloads files."""

    def __init__(self, retries: Retries) -> None:
        self._retries = retries
        self._http = AsyncHttp(retries=retries, to_error=_refused, timeout=TIMEOUT, follow_redirects=True)

    async def send(self, upload: Upload, file: AsyncFile) -> None:
        """Raises TransferFailed and Unreachable."""
        headers = dict(upload.headers.additional_properties) | {"Content-Length": str(await file.size())}
        extensions = {REPEATABLE: True}
        await self._http.request(upload.method, upload.url, content=file, headers=headers, extensions=extensions)

    async def fetch(self, artifact: Artifact, path: Path) -> Path:
        """Download an artifact to `path` atomically; create missing folders.

        Raises:
            TransferFailed: the storage refused, or the SHA-256 differs.
            Unreachable: the storage did not respond.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
        try:
            if await self._save(artifact, temporary) != artifact.sha256:
                raise TransferFailed(f"{artifact.name}: the SHA-256 of the download differs from the artifact's")
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
        return path

    async def _save(self, artifact: Artifact, path: Path) -> str:
        """Download to `path`, from the beginning after an interruption; return the SHA-256."""
        tried = 0
        while True:
            tried += 1
            try:
                async with self._http.stream("GET", artifact.url) as response:
                    with path.open("wb") as file:
                        return await write(response.aiter_bytes(), file)
            except httpx.TransportError as error:
                seconds = self._retries.after_error(error.request, error, tried)
                if seconds is None:
                    raise Unreachable(
                        f"{artifact.name}: the download was interrupted {tried} times: {error!r}"
                    ) from error
                await sleep(seconds)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()


def _refused(response: httpx.Response, _retry_after: float | None) -> TransferFailed:
    url = response.request.url.copy_with(query=None)  # the query is the signature: not for logs
    words = response.text[:_SHOWN_CHARACTERS]
    return TransferFailed(f"{response.request.method} {url} answered {response.status_code}: {words}")
