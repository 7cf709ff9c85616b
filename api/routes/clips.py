"""Reference clips: declared, uploaded straight to storage, completed."""

from functools import partial
from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Body, Depends, Response

from api.contract import RULES
from api.deps import Edge, EdgeDep, Reader, Trainer
from api.examples import CLIPS
from api.idempotency import Post, post
from api.jobs import check_webhook
from api.paging import PagingDep
from api.responses import posted, problems
from services.accounts import quotas
from services.clips import parts, service, views
from services.db.sessions import WriteSession
from shared.errors import Invalid
from shared.schemas.clip import Clip, ClipCreate
from shared.schemas.common import ClipId, Page

UPLOAD_SECONDS = 3600

router = APIRouter(prefix="/v1/clips", tags=["clips"], dependencies=RULES, responses=problems(401, 403))


@router.post(
    "", status_code=201, operation_id="create_clip", response_model=Clip, responses=posted(201, "Declared; now upload.")
)
def create_clip(
    body: Annotated[ClipCreate, Body(openapi_examples=CLIPS)], caller: Trainer, once: Annotated[Post, Depends(post)]
) -> Response:
    """Declares a clip. Send its bytes as `upload` says, then complete it; one with a `url` is fetched then."""
    edge = once.edge
    check_source(edge, body)

    def work(session: WriteSession) -> Clip:
        now = edge.clock.now()
        row = service.declare(session, caller.tenant_id, body, now, max_bytes=edge.settings.max_clip_bytes)
        quotas.admit_bytes(session, caller.tenant_id, 0)
        if body.url is not None:
            return views.clip(row, edge.store.presign_get)
        upload = edge.store.presign_put(row.upload_key, size=row.size_bytes, expires=UPLOAD_SECONDS)
        part_bytes = edge.settings.upload_part_bytes
        pieces = parts.begin(session, edge.store, row, part_bytes=part_bytes, expires=UPLOAD_SECONDS)
        return views.clip(row, edge.store.presign_get, upload, pieces)

    return once.once(work, status=201, location="/v1/clips/{id}").response()


@router.post(
    "/{clip_id}/complete",
    operation_id="complete_clip",
    response_model=Clip,
    responses=posted(200, "Ready, or rejected with a reason.", 404, 503),
)
async def complete_clip(clip_id: ClipId, caller: Trainer, once: Annotated[Post, Depends(post)]) -> Response:
    """Checks size and hash of the upload, looks into it in a limited process, and keeps its canonical form."""

    def work() -> Clip:
        row = once.edge.completion.complete(caller.tenant_id, clip_id)
        return views.clip(row, once.edge.store.presign_get)

    examine = partial(once.once_slowly, work, status=200)
    return (await to_thread.run_sync(examine, limiter=once.edge.examinations)).response()


def check_source(edge: Edge, body: ClipCreate) -> None:
    """Raises Invalid for a URL where the operator lets none, or that the outgoing address policy refuses."""
    if body.url is not None and not edge.settings.clip_urls:
        raise Invalid.at("/url", "clip_urls_off", "this service fetches no clips: upload it")
    check_webhook(edge.guard, body.url, "/url")


@router.get("", operation_id="list_clips", responses=problems(422))
def list_clips(edge: EdgeDep, paging: PagingDep) -> Page[Clip]:
    """Newest first."""
    with edge.database.read() as session:
        rows = service.list_page(session, paging.tenant_id, paging.fetch, paging.after)
    return paging.page(rows, lambda row: views.clip(row, edge.store.presign_get), lambda row: row.id)


@router.get("/{clip_id}", operation_id="get_clip", responses=problems(404))
def get_clip(clip_id: ClipId, edge: EdgeDep, caller: Reader) -> Clip:
    """One clip, with what the probe found or why it was rejected."""
    with edge.database.read() as session:
        return views.clip(service.get(session, caller.tenant_id, clip_id), edge.store.presign_get)


@router.delete("/{clip_id}", status_code=204, operation_id="delete_clip", responses=problems(404))
def delete_clip(clip_id: ClipId, edge: EdgeDep, caller: Trainer) -> None:
    """Deletes a clip for good; its files are removed soon after. Versions trained on it stay."""
    with edge.database.write() as session:
        service.delete(session, caller.tenant_id, clip_id, edge.clock.now())
