"""Downloads and uploads at the directory store's signed URLs. Not part of the documented API."""

import re
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.concurrency import contextmanager_in_threadpool, run_in_threadpool
from fastapi.responses import FileResponse

from api.deps import AppStateDep
from services.clips.service import upload_admission
from services.storage.directory import DirectoryStore
from services.storage.signing import ROUTE, Grant
from shared.errors import NotFound

router = APIRouter(prefix=ROUTE.rstrip("/"), include_in_schema=False)
_POSITION = "[0-9]{1,18}"
_RANGE = f"({_POSITION}-({_POSITION})?|-{_POSITION})"
_RANGES = re.compile(rf"bytes=\s*{_RANGE}(\s*,\s*{_RANGE}){{0,15}}")
_SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cache-Control": "private, no-store",
}


async def directory_store(state: AppStateDep) -> DirectoryStore:
    """The directory store; 404 if the storage is S3."""
    if not isinstance(state.store, DirectoryStore):
        raise NotFound("this service keeps its objects elsewhere")
    return state.store


async def grant(request: Request, key: str, store: Annotated[DirectoryStore, Depends(directory_store)]) -> Grant:
    """The permission of the signed URL."""
    return store.signer.verify(request.method, key, request.query_params)


StoreDep = Annotated[DirectoryStore, Depends(directory_store)]
GrantDep = Annotated[Grant, Depends(grant)]


@router.api_route("/{key:path}", methods=["GET", "HEAD"])
def download(request: Request, granted: GrantDep, store: StoreDep) -> Response:
    """Sends the object or the requested ranges (RFC 9110 section 14)."""
    path = store.path(granted.key)
    info = store.head(granted.key)
    if info is None:
        raise NotFound
    _check_range(request.headers.get("range"), info.size)
    return FileResponse(path, media_type=info.content_type, headers=_SAFE)


@router.put("/{key:path}")
async def upload(request: Request, granted: GrantDep, store: StoreDep, state: AppStateDep) -> Response:
    """Receives exactly the signed number of bytes; the object becomes visible when the upload is complete.

    Refused before and after it is received unless a clip waits for it.
    """
    admission = partial(upload_admission, state.database, granted.key)
    async with contextmanager_in_threadpool(admission()):
        pass
    writing = store.writing(granted.key, size=granted.size or 0, admission=admission)
    async with contextmanager_in_threadpool(writing) as write:
        async for chunk in request.stream():
            await run_in_threadpool(write, chunk)
    return Response(status_code=200)


def _check_range(header: str | None, size: int) -> None:
    """Raises 416 as a problem, where `FileResponse` would respond in plain text."""
    if header is not None and not (_RANGES.fullmatch(header) and all(_within(one, size) for one in _pairs(header))):
        raise HTTPException(416, "No such range of this object.", {"Content-Range": f"bytes */{size}"})


def _pairs(header: str) -> list[tuple[str, str]]:
    return re.findall("([0-9]*)-([0-9]*)", header)


def _within(pair: tuple[str, str], size: int) -> bool:
    first, last = pair
    if not first:
        return int(last) > 0 and size > 0
    return int(first) < size and (not last or int(first) <= int(last))
