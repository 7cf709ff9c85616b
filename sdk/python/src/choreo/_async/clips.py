"""Reference clips."""

from collections.abc import AsyncIterator
from pathlib import Path

from choreo._async.calls import PAGE, AsyncCalls, walk
from choreo._async.files import AsyncFile
from choreo._async.pauses import pause
from choreo.answers import given
from choreo.errors import ClipRejected, UnexpectedAnswer
from choreo.generated.api.clips import complete_clip, create_clip, delete_clip, get_clip, list_clips
from choreo.generated.models import Clip, ClipCreate

POLL_SECONDS = 0.5


class AsyncClips:
    """Upload clips, look at them, delete them."""

    def __init__(self, calls: AsyncCalls) -> None:
        self._calls = calls

    async def upload(self, path: Path | str, *, idempotency_key: str | None = None) -> Clip:
        """Declares a clip, sends its bytes to the storage and has it examined; returns it once it is ready.

        The file is read twice, piece by piece: for its hash, and to be sent.
        With an idempotency key, the same file is uploaded once however often this is called within 24 hours.

        Raises:
            ClipRejected: the service cannot use it, and says why.
            OSError: the file cannot be read.
            ChoreoError: the service, or its storage, refused or did not answer.
        """
        file = AsyncFile(Path(path))
        body = ClipCreate(file_name=file.path.name, size_bytes=await file.size(), sha256=await file.sha256())
        key = given(idempotency_key)
        clip = await self._calls.ask(create_clip.asyncio, client=self._calls.client, body=body, idempotency_key=key)
        if idempotency_key is not None:
            upload, clip = clip.upload, await self.get(clip.id)  # the first answer, told again, may be a day old
            clip.upload = upload
        if clip.state == "awaiting_upload":
            clip = await self._send(clip, file)
        return await self._examined(clip)

    async def get(self, id: str) -> Clip:
        """Raises NotFound."""
        return await self._calls.ask(get_clip.asyncio, id, client=self._calls.client)

    def list(self) -> AsyncIterator[Clip]:
        """All clips, the newest first; pages are read as they are needed."""
        return walk(
            lambda cursor: self._calls.ask(list_clips.asyncio, client=self._calls.client, limit=PAGE, cursor=cursor)
        )

    async def delete(self, id: str) -> None:
        """Deletes a clip for good; versions that were trained on it stay. Raises NotFound."""
        await delete_clip.asyncio_detailed(id, client=self._calls.client)

    async def _send(self, clip: Clip, file: AsyncFile) -> Clip:
        if not clip.upload:
            raise UnexpectedAnswer(f"{clip.id} awaits its upload, but the service does not say where")
        await self._calls.storage.send(clip.upload, file)
        return await self._calls.ask(complete_clip.asyncio, clip.id, client=self._calls.client)

    async def _examined(self, clip: Clip) -> Clip:
        while clip.state == "processing":  # somebody else completed it too, and the examination goes on
            await pause(POLL_SECONDS)
            clip = await self.get(clip.id)
        if clip.state != "ready":
            raise ClipRejected(clip)
        return clip
