"""Deletions from storage, as proof."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.deps import AppStateDep
from api.paging import PagingDep
from api.request_rules import RULES
from api.responses import problems
from services import deletions
from shared.schemas.common import Page
from shared.schemas.deletion import Deletion, DeletionSubject

router = APIRouter(prefix="/v1/deletions", tags=["deletions"], dependencies=RULES, responses=problems(401, 403))
OfSubject = Annotated[DeletionSubject | None, Query(description="Only deletions of the resource with this id.")]


@router.get("", operation_id="list_deletions", responses=problems(422))
def list_deletions(state: AppStateDep, paging: PagingDep, subject: OfSubject = None) -> Page[Deletion]:
    """Deletions by request or retention, with the number of objects and bytes, newest first."""
    with state.database.read() as session:
        rows = deletions.list_page(session, paging.tenant_id, paging.fetch, paging.after, subject)
    return paging.page(rows, deletions.view, lambda row: row.id)
