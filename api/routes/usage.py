"""Usage reports."""

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
Since = Annotated[Day | None, Query(description="First day, in UTC. Default: the first of this month.")]
Until = Annotated[Day | None, Query(description="The day after the last day. Default: tomorrow.")]
Per = Annotated[Granularity, Query(description="Period of the sums.")]


@router.get("", operation_id="get_usage", responses=problems(422))
def get_usage(
    state: AppStateDep, caller: Reader, since: Since = None, until: Until = None, per: Per = "day"
) -> UsageReport:
    """Jobs and GPU seconds by kind and period, by the jobs' creation dates; storage and quotas as of now."""
    now = state.clock.now()
    today = now.date()
    span = Span.checked(since or today.replace(day=1), until or today + timedelta(days=1))
    with state.database.read() as session:
        return usage(session, caller.tenant_id, span, per, now)
