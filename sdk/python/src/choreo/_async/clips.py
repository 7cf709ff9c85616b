"""Reference clips."""

from collections.abc import AsyncIterator
from pathlib import Path

from choreo._async.calls import PAGE, AsyncCalls, walk
from choreo._async.files import AsyncFile
from choreo._async.sleep import sleep
from choreo.errors import ClipRejected, InvalidArgument, UnexpectedAnswer
from choreo.generated.api.clips import complete_clip, create_clip, delete_clip, get_clip, list_clips
from choreo.generated.models import Clip, ClipCreate
from choreo.responses import or_unset

POLL_SECONDS = 0.5


class AsyncClips:
    """Upload, read and delete clips."""

    def __init__(self, calls: AsyncCalls) -> None:
        self._calls = calls

    async def upload(self, path: Path | str, *, idempotency_key: str | None = None) -> Clip:
        """Declare a clip, upload its file to storage and complete it; return it once it is ready.

        The file is read twice in chunks: for its hash and for the upload.
        With an idempotency key, repeated calls within 24 hours upload the file once.

        Raises:
            ClipRejected: the service cannot use the file; `code` has the reason.
            InvalidArgument: the file's name is not UTF-8.
            OSError: the file cannot be read.
            ChoreoError: the service or its storage refused or did not respond.
        """
        file, name = AsyncFile(Path(path)), _checked_name(Path(path))
        body = ClipCreate(file_name=name, size_bytes=await file.size(), sha256=await file.sha256())
        key = or_unset(idempotency_key)
        clip = await self._calls.ask(create_clip.asyncio, client=self._calls.client, body=body, idempotency_key=key)
        if idempotency_key is not None:
            upload, clip = clip.upload, await self.get(clip.id)  # a replayed response may be a day old
            clip.upload = upload
        if clip.state == "awaiting_upload":
            clip = await self._send(clip, file)
        return await self._examined(clip)

    async def get(self, id: str) -> Clip:
        """Raises NotFound."""
        return await self._calls.ask(get_clip.asyncio, id, client=self._calls.client)

    def list(self) -> AsyncIterator[Clip]:
        """All clips, newest first; pages are read on demand."""
        return walk(
            lambda cursor: self._calls.ask(list_clips.asyncio, client=self._calls.client, limit=PAGE, cursor=cursor)
        )

    async def delete(self, id: str) -> None:
        """Delete a clip permanently; versions trained on it stay. Raises NotFound."""
        await self._calls.run(delete_clip.asyncio_detailed, id, client=self._calls.client)

    async def _send(self, clip: Clip, file: AsyncFile) -> Clip:
        if not clip.upload:
            raise UnexpectedAnswer(f"{clip.id} awaits its upload, but the response has no URL")
        await self._calls.storage.send(clip.upload, file)
        return await self._calls.ask(complete_clip.asyncio, clip.id, client=self._calls.client)

    async def _examined(self, clip: Clip) -> Clip:
        while clip.state == "processing":  # another caller completed it, and the examination is running
            await sleep(POLL_SECONDS)
            clip = await self.get(clip.id)
        if clip.state != "ready":
            raise ClipRejected(clip)
        return clip


def _checked_name(path: Path) -> str:
    """The name of a file, which the service stores as text. Raises InvalidArgument."""
    try:
        path.name.encode()
    except UnicodeEncodeError as error:
        raise InvalidArgument(f"the file name {path.name!r} is not UTF-8") from error
    if "\0" in str(path):
        raise InvalidArgument(f"{str(path)!r} is not a path: it has a null character")
    return path.name
