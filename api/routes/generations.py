"""Generations: videos from a prompt, with the motion of a concept."""

from typing import Annotated

from fastapi import APIRouter, Body, Response

from api.deps import Generator
from api.examples import GENERATIONS
from api.job_requests import JobPostDep, create_job
from api.request_rules import RULES
from api.responses import problems, submitted
from services.moderation import moderate
from shared.schemas.estimate import GenerationEstimate
from shared.schemas.generation import GenerationRequest
from shared.schemas.job import GenerationJob

router = APIRouter(prefix="/v1/generations", tags=["generations"], dependencies=RULES, responses=problems(401, 403))


@router.post(
    "",
    status_code=202,
    operation_id="create_generation",
    response_model=GenerationJob,
    responses=submitted(GenerationJob, estimate=GenerationEstimate),
)
async def create_generation(
    body: Annotated[GenerationRequest, Body(openapi_examples=GENERATIONS)], caller: Generator, job_post: JobPostDep
) -> Response:
    """Queues a generation; `result.video.url` is the video once it has succeeded. A dry run returns an estimate."""
    moderate(job_post.post.state.moderator, body.texts)
    return await create_job(job_post, caller, body)
