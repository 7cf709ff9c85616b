"""Evaluations of concept versions."""

from typing import Annotated

from fastapi import APIRouter, Body, Response

from api.deps import Generator
from api.examples import EVALUATIONS
from api.job_requests import JobPostDep, create_job
from api.request_rules import RULES
from api.responses import problems, submitted
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
    body: Annotated[EvaluationRequest, Body(openapi_examples=EVALUATIONS)], caller: Generator, job_post: JobPostDep
) -> Response:
    """Queues an evaluation; `result.metrics` has the scores, `result.previews` clips. A dry run returns an estimate."""
    moderate(job_post.post.state.moderator, body.texts)
    return await create_job(job_post, caller, body)
