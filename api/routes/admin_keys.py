"""Administration of API keys."""

from collections.abc import Callable
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Body, Query, Response

from api.deps import Admin, AppStateDep, AuditRecorderDep
from api.examples import KEYS
from api.idempotency import IdempotentPost, IdempotentPostDep
from api.paging import AdminPagingDep
from api.request_rules import RULES
from api.responses import posted, problems
from services.accounts import admin, views
from services.accounts.service import CreatedKey
from services.accounts.service import revoke_key as end_key
from services.db.sessions import WriteSession
from shared.schemas.account import Key, KeyCreate, KeyWithToken
from shared.schemas.common import KeyId, Page, TenantId

DAY = 86_400
Issue = Callable[[WriteSession], CreatedKey]

router = APIRouter(prefix="/v1/admin/keys", tags=["admin"], dependencies=RULES, responses=problems(401, 403))
OfTenant = Annotated[TenantId | None, Query(description="Keys of this tenant only.")]
Overlap = Annotated[int, Query(ge=0, le=7 * DAY, description="How long the old key still works; 0 ends it at once.")]


@router.post(
    "",
    status_code=201,
    operation_id="create_key",
    response_model=KeyWithToken,
    responses=posted(201, "Keep its token."),
)
def create_key(
    body: Annotated[KeyCreate, Body(openapi_examples=KEYS)],
    record: AuditRecorderDep,
    once: IdempotentPostDep,
) -> Response:
    """Creates a key for a tenant. Only this response contains its token; only a hash is stored."""

    def issue(session: WriteSession) -> CreatedKey:
        made = admin.issue_key(session, body, once.state.clock.now())
        record(session, made.id, **body.model_dump(mode="json"))
        return made

    return _issued(once, issue)


@router.get("", operation_id="list_keys", responses=problems(422))
def list_keys(state: AppStateDep, paging: AdminPagingDep, tenant: OfTenant = None) -> Page[Key]:
    """Newest first, including revoked and expired keys."""
    with state.database.read() as session:
        rows = admin.list_keys(session, paging.fetch, paging.after, tenant)
    return paging.page(rows, views.key, lambda row: row.id)


@router.get("/{key_id}", operation_id="get_key", responses=problems(404))
def get_key(key_id: KeyId, state: AppStateDep, _: Admin) -> Key:
    """One key, without its token."""
    with state.database.read() as session:
        return views.key(admin.get_key(session, key_id))


@router.post(
    "/{key_id}/rotate",
    status_code=201,
    operation_id="rotate_key",
    response_model=KeyWithToken,
    responses=posted(201, "The new key; keep its token.", 404),
)
def rotate_key(
    key_id: KeyId,
    record: AuditRecorderDep,
    once: IdempotentPostDep,
    overlap_seconds: Overlap = DAY,
) -> Response:
    """Creates a new key with the same properties. The old key expires after `overlap_seconds`, by default one day."""
    overlap = timedelta(seconds=overlap_seconds)

    def issue(session: WriteSession) -> CreatedKey:
        made = admin.rotate_key(session, key_id, overlap, once.state.clock.now())
        record(session, key_id, overlap_seconds=overlap_seconds, new_key_id=made.id)
        return made

    return _issued(once, issue)


@router.post(
    "/{key_id}/revoke", operation_id="revoke_key", response_model=Key, responses=posted(200, "It works no more.", 404)
)
def revoke_key(key_id: KeyId, record: AuditRecorderDep, once: IdempotentPostDep) -> Response:
    """Revokes a key at once and permanently. Idempotent."""

    def work(session: WriteSession) -> Key:
        record(session, key_id)
        end_key(session, admin.get_key(session, key_id).tenant_id, key_id, once.state.clock.now())
        return views.key(admin.get_key(session, key_id))

    return once.once(work, status=200).response()


def _issued(once: IdempotentPost, issue: Issue) -> Response:
    def work(session: WriteSession) -> KeyWithToken:
        made = issue(session)
        return views.key_with_token(admin.get_key(session, made.id), made.token)

    answer = once.once(work, status=201, location="/v1/admin/keys/{id}", kept=_without_token)
    return answer.response()


def _without_token(key: KeyWithToken) -> KeyWithToken:
    return key.model_copy(update={"token": None})
