"""Reference clips: declaration, direct upload to storage, completion."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Annotated
from urllib.parse import urlsplit

from anyio import to_thread
from fastapi import APIRouter, Body, Response

from api.deps import AppState, AppStateDep, Reader, Trainer
from api.examples import CLIPS
from api.idempotency import IdempotentPostDep, StoredResponse
from api.job_requests import check_webhook
from api.paging import PagingDep
from api.request_rules import RULES
from api.responses import posted, problems
from services.accounts import quotas
from services.clips import service, views
from services.db.sessions import WriteSession
from services.db.tables import ClipRow
from services.storage.port import StorageError
from shared.errors import Invalid
from shared.schemas.clip import Clip, ClipCreate, ClipState
from shared.schemas.common import ClipId, Page

HERE = "/v1/clips/{id}"

router = APIRouter(prefix="/v1/clips", tags=["clips"], dependencies=RULES, responses=problems(401, 403))


@router.post(
    "", status_code=201, operation_id="create_clip", response_model=Clip, responses=posted(201, "Declared; now upload.")
)
def create_clip(
    body: Annotated[ClipCreate, Body(openapi_examples=CLIPS)],
    caller: Trainer,
    once: IdempotentPostDep,
) -> Response:
    """Declares a clip. Upload its file as `upload` describes, then complete it; completion fetches a `url`."""
    state, part_bytes = once.state, once.state.settings.upload_part_bytes
    expires = state.settings.upload_url_seconds
    check_source(state, body)

    def declare(session: WriteSession) -> ClipRow:
        limit = state.settings.max_clip_bytes
        row = service.declare(
            session, caller.tenant_id, body, state.clock.now(), max_bytes=limit, upload_until=_upload_until(state)
        )
        quotas.admit_bytes(session, caller.tenant_id, 0)
        return row

    def view(row: ClipRow, pieces: Sequence[service.Part] = ()) -> Clip:
        if body.url is not None:
            return views.clip(row, state.store.presign_get)
        upload = state.store.presign_put(row.upload_key, size=row.size_bytes, expires=expires)
        return views.clip(row, state.store.presign_get, upload, pieces)

    def in_parts() -> Clip:
        with state.database.write() as session:
            row = declare(session)
        try:
            pieces = service.begin_multipart(state.database, state.store, row, part_bytes=part_bytes, expires=expires)
        except StorageError:
            with state.database.write() as session:
                service.delete(session, caller.tenant_id, row.id, state.clock.now())
            raise
        return view(row, pieces)

    if body.url is None and (body.size_bytes or 0) > part_bytes:
        answer = once.once_outside_transaction(in_parts, status=201, location=HERE)
    else:
        answer = once.once(lambda session: view(declare(session)), status=201, location=HERE)
    return (_renewed(state, caller.tenant_id, answer) if answer.replayed else answer).response()


def _renewed(state: AppState, tenant_id: str, answer: StoredResponse) -> StoredResponse:
    """The stored response with fresh upload URLs."""
    declared = Clip.model_validate_json(answer.body)
    with state.database.read() as session:
        row = service.find(session, tenant_id, declared.id)
    if row is None or declared.upload is None or row.state != ClipState.AWAITING_UPLOAD:
        return answer
    expires = state.settings.upload_url_seconds
    fresh = state.store.presign_put(row.upload_key, size=row.size_bytes, expires=expires)
    same_place = urlsplit(declared.upload.url).netloc == urlsplit(fresh.url).netloc
    if same_place and declared.upload.expires_at > state.clock.now():
        return answer
    with state.database.write() as session:
        if not service.renew_upload(session, row, _upload_until(state)):
            return answer
    pieces: Sequence[service.Part] = ()
    if row.upload_id is not None:
        part_bytes = declared.upload.parts[0].size_bytes
        pieces = service.presign_parts(state.store, row, row.upload_id, part_bytes=part_bytes, expires=expires)
    return replace(answer, body=views.clip(row, state.store.presign_get, fresh, pieces).model_dump_json())


def _upload_until(state: AppState) -> datetime | None:
    """The expiry of URLs that are signed now, if storage accepts an upload that nothing waits for."""
    lifetime = timedelta(seconds=state.settings.upload_url_seconds)
    return state.clock.now() + lifetime if state.store.accepts_late_uploads else None


@router.post(
    "/{clip_id}/complete",
    operation_id="complete_clip",
    response_model=Clip,
    responses=posted(200, "Ready, or rejected with a reason.", 404, 503),
)
async def complete_clip(clip_id: ClipId, caller: Trainer, once: IdempotentPostDep) -> Response:
    """Verifies size and hash of the upload, examines it in a sandboxed process, and stores its canonical form."""

    def work() -> Clip:
        row = once.state.completion.complete(caller.tenant_id, clip_id)
        return views.clip(row, once.state.store.presign_get)

    examine = partial(once.once_outside_transaction, work, status=200)
    return (await to_thread.run_sync(examine, limiter=once.state.examinations)).response()


def check_source(state: AppState, body: ClipCreate) -> None:
    """Raises Invalid for a URL if clips by URL are disabled, or if the outgoing address policy refuses it."""
    if body.url is not None and not state.settings.clip_urls:
        raise Invalid.at("/url", "clip_urls_off", "this service does not fetch clips by URL; upload the file")
    check_webhook(state.guard, body.url, "/url")


@router.get("", operation_id="list_clips", responses=problems(422))
def list_clips(state: AppStateDep, paging: PagingDep) -> Page[Clip]:
    """Newest first."""
    with state.database.read() as session:
        rows = service.list_page(session, paging.tenant_id, paging.fetch, paging.after)
    return paging.page(rows, lambda row: views.clip(row, state.store.presign_get), lambda row: row.id)


@router.get("/{clip_id}", operation_id="get_clip", responses=problems(404))
def get_clip(clip_id: ClipId, state: AppStateDep, caller: Reader) -> Clip:
    """One clip, with its properties or the reason of its rejection."""
    with state.database.read() as session:
        return views.clip(service.get(session, caller.tenant_id, clip_id), state.store.presign_get)


@router.delete("/{clip_id}", status_code=204, operation_id="delete_clip", responses=problems(404))
def delete_clip(clip_id: ClipId, state: AppStateDep, caller: Trainer) -> None:
    """Deletes a clip permanently; its files are removed soon after. Versions trained on it stay."""
    with state.database.write() as session:
        service.delete(session, caller.tenant_id, clip_id, state.clock.now())
