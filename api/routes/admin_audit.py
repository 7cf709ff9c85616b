"""The audit log."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from api.deps import AppStateDep
from api.paging import AdminPagingDep
from api.request_rules import RULES
from api.responses import problems
from services.accounts import audit, views
from services.accounts.audit import AuditFilter
from shared.schemas.audit import AuditEntry
from shared.schemas.common import Page

router = APIRouter(prefix="/v1/admin/audit", tags=["admin"], dependencies=RULES, responses=problems(401, 403))
Action = Annotated[str | None, Query(max_length=100, description="Only actions with this operation id.")]
Target = Annotated[str | None, Query(max_length=100, description="Only actions on the resource with this id.")]


async def audit_filter(action: Action = None, target: Target = None) -> AuditFilter:
    """The requested filter."""
    return AuditFilter(action=action, target=target)


@router.get("", operation_id="list_audit", responses=problems(422))
def list_audit(
    state: AppStateDep, paging: AdminPagingDep, only: Annotated[AuditFilter, Depends(audit_filter)]
) -> Page[AuditEntry]:
    """The audit entries of administrative actions, newest first."""
    with state.database.read() as session:
        rows = audit.list_page(session, paging.fetch, paging.after, only)
    return paging.page(rows, views.audit_entry, lambda row: row.id)
