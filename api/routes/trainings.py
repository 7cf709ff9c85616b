"""Trainings: learn a motion concept from clips."""

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Response

from api.deps import Trainer
from api.examples import TRAININGS
from api.idempotency import Post, post
from api.job_requests import DryRun, Prefer, TraceParent, check_webhook, estimated, submit
from api.request_rules import RULES
from api.responses import problems, submitted
from services.db.sessions import ReadSession, WriteSession
from services.db.tables import JobRow
from services.jobs.submission.estimates import estimate_training
from services.jobs.submission.submit import submit_training
from services.moderation import moderate
from shared.schemas.estimate import TrainingEstimate
from shared.schemas.job import TrainingJob
from shared.schemas.training import TrainingRequest

router = APIRouter(prefix="/v1/trainings", tags=["trainings"], dependencies=RULES, responses=problems(401, 403))


@router.post(
    "",
    status_code=202,
    operation_id="create_training",
    response_model=TrainingJob,
    responses=submitted(TrainingJob, estimate=TrainingEstimate),
)
async def create_training(
    body: Annotated[TrainingRequest, Body(openapi_examples=TRAININGS)],
    caller: Trainer,
    once: Annotated[Post, Depends(post)],
    traceparent: TraceParent,
    prefer: Prefer = None,
    *,
    dry_run: DryRun = False,
) -> Response:
    """Queues a training. When it succeeds, the concept has a new version. A dry run tells what it would be and cost."""
    state = once.state
    captions = {f"/clips/{index}/caption": clip.caption for index, clip in enumerate(body.clips)}
    prompts = {f"/evaluation_prompts/{index}": prompt for index, prompt in enumerate(body.evaluation_prompts or ())}
    moderate(state.moderator, captions | prompts)

    def estimate(session: ReadSession) -> TrainingEstimate:
        check_webhook(state.guard, body.webhook_url)
        return estimate_training(session, caller.tenant_id, body, state.catalogue, now=state.clock.now())

    def make(session: WriteSession) -> JobRow:
        check_webhook(state.guard, body.webhook_url)
        now = state.clock.now()
        return submit_training(session, caller.tenant_id, body, state.catalogue, now=now, traceparent=traceparent)

    if dry_run:
        return await estimated(state, estimate)
    return await submit(once, make, prefer)
