"""Trainings of motion concepts on reference clips."""

from typing import Annotated

from fastapi import APIRouter, Body, Response

from api.deps import Trainer
from api.examples import TRAININGS
from api.job_requests import JobPostDep, create_job
from api.request_rules import RULES
from api.responses import problems, submitted
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
    body: Annotated[TrainingRequest, Body(openapi_examples=TRAININGS)], caller: Trainer, job_post: JobPostDep
) -> Response:
    """Queues a training. When it succeeds, the concept has a new version. A dry run returns an estimate."""
    captions = {f"/clips/{index}/caption": clip.caption for index, clip in enumerate(body.clips)}
    prompts = {f"/evaluation_prompts/{index}": prompt for index, prompt in enumerate(body.evaluation_prompts or ())}
    moderate(job_post.post.state.moderator, captions | prompts)
    return await create_job(job_post, caller, body)
