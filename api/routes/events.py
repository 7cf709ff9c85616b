"""Events of a tenant, in order, without gaps."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.deps import AppStateDep
from api.paging import PagingDep
from api.request_rules import RULES
from api.responses import problems
from services.jobs.state import events
from shared.schemas.common import DIGITS, Page
from shared.schemas.event import Event

router = APIRouter(prefix="/v1/events", tags=["events"], dependencies=RULES, responses=problems(401, 403))
After = Annotated[int, Query(ge=0, lt=2**63, description="Events after this `seq`."), DIGITS]


@router.get("", operation_id="list_events", responses=problems(422))
def list_events(state: AppStateDep, paging: PagingDep, after: After = 0) -> Page[Event]:
    """Oldest first. Store the last `seq` and pass it as `after` later; `next_cursor` continues one listing."""
    with state.database.read() as session:
        found = events.tenant_events(session, paging.tenant_id, int(paging.after or after), paging.fetch)
    return paging.page(found, lambda event: event, lambda event: str(event.seq))
