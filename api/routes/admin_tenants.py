"""Administration of tenants."""

from typing import Annotated

from fastapi import APIRouter, Body, Response

from api.deps import Admin, AppStateDep, AuditRecorderDep
from api.examples import TENANTS
from api.idempotency import IdempotentPostDep
from api.paging import AdminPagingDep
from api.request_rules import RULES
from api.responses import posted, problems
from services.accounts import admin, views
from services.accounts.service import create_tenant as add_tenant
from services.db.sessions import WriteSession
from shared.schemas.account import Tenant, TenantCreate, TenantPatch
from shared.schemas.common import Page, TenantId

router = APIRouter(prefix="/v1/admin/tenants", tags=["admin"], dependencies=RULES, responses=problems(401, 403))


@router.post(
    "",
    status_code=201,
    operation_id="create_tenant",
    response_model=Tenant,
    responses=posted(201, "It has no keys."),
)
def create_tenant(
    body: Annotated[TenantCreate, Body(openapi_examples=TENANTS)],
    record: AuditRecorderDep,
    once: IdempotentPostDep,
) -> Response:
    """Creates a tenant. It needs a key before it can use the API."""

    def work(session: WriteSession) -> Tenant:
        made = add_tenant(session, body.name, once.state.clock.now())
        record(session, made.id, **body.model_dump(mode="json"))
        return views.tenant(admin.get_tenant(session, made.id))

    return once.once(work, status=201, location="/v1/admin/tenants/{id}").response()


@router.get("", operation_id="list_tenants", responses=problems(422))
def list_tenants(state: AppStateDep, paging: AdminPagingDep) -> Page[Tenant]:
    """Newest first."""
    with state.database.read() as session:
        rows = admin.list_tenants(session, paging.fetch, paging.after)
    return paging.page(rows, views.tenant, lambda row: row.id)


@router.get("/{tenant_id}", operation_id="get_tenant", responses=problems(404))
def get_tenant(tenant_id: TenantId, state: AppStateDep, _: Admin) -> Tenant:
    """One tenant."""
    with state.database.read() as session:
        return views.tenant(admin.get_tenant(session, tenant_id))


@router.patch("/{tenant_id}", operation_id="update_tenant", responses=problems(404, 413, 422))
def update_tenant(tenant_id: TenantId, body: TenantPatch, state: AppStateDep, record: AuditRecorderDep) -> Tenant:
    """Changes the given fields."""
    with state.database.write() as session:
        record(session, tenant_id, **body.model_dump(mode="json", exclude_none=True))
        return views.tenant(admin.patch_tenant(session, tenant_id, body))
