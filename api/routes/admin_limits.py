"""Administration of tenant limits."""

from typing import Annotated

from fastapi import APIRouter, Body

from api.deps import Admin, AppStateDep, AuditRecorderDep
from api.examples import LIMITS
from api.request_rules import RULES
from api.responses import problems
from services.accounts import admin, quotas
from shared.schemas.common import TenantId
from shared.schemas.limits import TenantLimits

router = APIRouter(
    prefix="/v1/admin/tenants/{tenant_id}/limits", tags=["admin"], dependencies=RULES, responses=problems(401, 403, 404)
)


@router.get("", operation_id="get_tenant_limits")
def get_tenant_limits(tenant_id: TenantId, state: AppStateDep, _: Admin) -> TenantLimits:
    """The tenant's limits. Its usage report shows how much of them is used."""
    with state.database.read() as session:
        admin.get_tenant(session, tenant_id)
        return quotas.limits_of(session, tenant_id)


@router.put("", operation_id="put_tenant_limits", responses=problems(413, 422))
def put_tenant_limits(
    tenant_id: TenantId,
    body: Annotated[TenantLimits, Body(openapi_examples=LIMITS)],
    state: AppStateDep,
    record: AuditRecorderDep,
) -> TenantLimits:
    """Sets all limits; an omitted limit is unlimited. Running and queued jobs are not affected."""
    with state.database.write() as session:
        admin.set_limits(session, tenant_id, body)
        record(session, tenant_id, **body.model_dump(mode="json", exclude_none=True))
        return quotas.limits_of(session, tenant_id)
