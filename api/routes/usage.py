"""What a tenant used."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query

from api.deps import AppStateDep, Reader
from api.request_rules import RULES
from api.responses import problems
from services.accounts.usage import Span, usage
from shared.schemas.common import Day
from shared.schemas.usage import Granularity, UsageReport

router = APIRouter(prefix="/v1/usage", tags=["usage"], dependencies=RULES, responses=problems(401, 403))
Since = Annotated[Day | None, Query(description="The first day, in UTC; the first of this month when left out.")]
Until = Annotated[Day | None, Query(description="The day after the last; tomorrow when left out.")]
Per = Annotated[Granularity, Query(description="How jobs are summed up.")]


@router.get("", operation_id="get_usage", responses=problems(422))
def get_usage(
    state: AppStateDep, caller: Reader, since: Since = None, until: Until = None, per: Per = "day"
) -> UsageReport:
    """Jobs and GPU seconds by kind and period, counted on the day a job was made; storage and quotas as of now."""
    now = state.clock.now()
    today = now.date()
    span = Span.checked(since or today.replace(day=1), until or today + timedelta(days=1))
    with state.database.read() as session:
        return usage(session, caller.tenant_id, span, per, now)
