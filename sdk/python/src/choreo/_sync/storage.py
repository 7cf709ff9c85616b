"""Uploads and downloads by presigned URLs; the API key is not sent to the storage."""

import os
from pathlib import Path

import httpx

from choreo._sync.files import File, write
from choreo._sync.http import Http
from choreo._sync.sleep import sleep
from choreo.config import http_url
from choreo.errors import InvalidArgument, TransferFailed, UnexpectedAnswer, Unreachable
from choreo.generated.models import Artifact, Upload
from choreo.retries import REPEATABLE, Retries

TIMEOUT = httpx.Timeout(120.0, connect=10.0)
EXTENSIONS = {REPEATABLE: True}
_SHOWN_CHARACTERS = 200


class Storage:
    """Uploads and downloads files."""

    def __init__(self, retries: Retries) -> None:
        self._retries = retries
        self._http = Http(retries=retries, to_error=_refused, timeout=TIMEOUT, follow_redirects=True)

    def send(self, upload: Upload, file: File) -> None:
        """Raises TransferFailed, Unreachable and UnexpectedAnswer."""
        headers = dict(upload.headers.additional_properties) | {"Content-Length": str(file.size())}
        try:
            url = http_url(upload.url)
            self._http.request(upload.method, url, content=file, headers=headers, extensions=EXTENSIONS)
        except (InvalidArgument, ValueError) as error:
            raise UnexpectedAnswer(f"the response's upload cannot be sent: {error}") from error

    def fetch(self, artifact: Artifact, path: Path) -> Path:
        """Download an artifact to `path` atomically; create missing folders.

        Raises:
            TransferFailed: the storage refused, or the SHA-256 differs.
            Unreachable: the storage did not respond.
            UnexpectedAnswer: the artifact has no valid URL, or the download cannot be decoded.
        """
        try:
            http_url(artifact.url)
        except ValueError as error:
            raise UnexpectedAnswer(f"{artifact.name}: {error}") from error
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
        try:
            if self._save(artifact, temporary) != artifact.sha256:
                raise TransferFailed(f"{artifact.name}: the SHA-256 of the download differs from the artifact's")
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
        return path

    def _save(self, artifact: Artifact, path: Path) -> str:
        """Download to `path`, from the beginning after an interruption; return the SHA-256."""
        tried = 0
        while True:
            tried += 1
            download = self._http.stream("GET", artifact.url, extensions=EXTENSIONS)
            try:
                with download as response, path.open("wb") as file:
                    return write(response.iter_bytes(), file)
            except httpx.TransportError as error:
                seconds = self._retries.after_error(error.request, error, tried)
                if seconds is None:
                    raise Unreachable(
                        f"{artifact.name}: the download was interrupted {tried} times: {error!r}"
                    ) from error
                sleep(seconds)
            except (httpx.RequestError, InvalidArgument) as error:
                raise UnexpectedAnswer(f"{artifact.name}: the download cannot be read: {error!r}") from error

    def close(self) -> None:
        """Close the connections."""
        self._http.close()


def _refused(response: httpx.Response, _retry_after: float | None) -> TransferFailed:
    url = response.request.url.copy_with(query=None)  # the query is the signature: not for logs
    words = response.text[:_SHOWN_CHARACTERS]
    return TransferFailed(f"{response.request.method} {url} answered {response.status_code}: {words}")
