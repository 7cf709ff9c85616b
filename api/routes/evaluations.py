"""Evaluations: measure what a version of a concept performs."""

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Response

from api.deps import Generator
from api.examples import EVALUATIONS
from api.idempotency import Post, post
from api.job_requests import DryRun, Prefer, TraceParent, check_webhook, estimated, submit
from api.request_rules import RULES
from api.responses import problems, submitted
from services.db.sessions import ReadSession, WriteSession
from services.db.tables import JobRow
from services.jobs.submission.estimates import estimate_evaluation
from services.jobs.submission.submit import submit_evaluation
from services.moderation import moderate
from shared.schemas.estimate import EvaluationEstimate
from shared.schemas.evaluation import EvaluationRequest
from shared.schemas.job import EvaluationJob

router = APIRouter(prefix="/v1/evaluations", tags=["evaluations"], dependencies=RULES, responses=problems(401, 403))


@router.post(
    "",
    status_code=202,
    operation_id="create_evaluation",
    response_model=EvaluationJob,
    responses=submitted(EvaluationJob, estimate=EvaluationEstimate),
)
async def create_evaluation(
    body: Annotated[EvaluationRequest, Body(openapi_examples=EVALUATIONS)],
    caller: Generator,
    once: Annotated[Post, Depends(post)],
    traceparent: TraceParent,
    prefer: Prefer = None,
    *,
    dry_run: DryRun = False,
) -> Response:
    """Queues an evaluation; `result.metrics` has its scores, `result.previews` clips. A dry run tells its cost."""
    state = once.state
    prompts = {f"/prompts/{index}": prompt for index, prompt in enumerate(body.prompts or ())}
    moderate(state.moderator, prompts | {"/negative_prompt": body.negative_prompt})

    def estimate(session: ReadSession) -> EvaluationEstimate:
        check_webhook(state.guard, body.webhook_url)
        return estimate_evaluation(session, caller.tenant_id, body, state.catalogue, now=state.clock.now())

    def make(session: WriteSession) -> JobRow:
        check_webhook(state.guard, body.webhook_url)
        now = state.clock.now()
        return submit_evaluation(session, caller.tenant_id, body, state.catalogue, now=now, traceparent=traceparent)

    if dry_run:
        return await estimated(state, estimate)
    return await submit(once, make, prefer)
