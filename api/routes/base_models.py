"""The pretrained models on which concepts are trained."""

from typing import Any

from fastapi import APIRouter
from pydantic import Field

from api.deps import AppStateDep, Reader
from api.request_rules import RULES
from api.responses import problems
from services.jobs.scheduling import workers
from shared.base_models import BaseModelInfo
from shared.families import Family
from shared.schemas.common import Schema
from shared.schemas.generation import SchedulerName
from shared.schemas.worker import Readiness
from shared.vocabulary import Vocabulary

router = APIRouter(prefix="/v1/base-models", tags=["base-models"], dependencies=RULES, responses=problems(401, 403))


class Range(Schema):
    """Accepted integers: from `least` to `greatest` in steps of `multiple`."""

    least: int = Field(description="Least accepted value.", examples=[8])
    greatest: int = Field(description="Greatest accepted value.", examples=[16])
    multiple: int = Field(description="Difference between two accepted values.", examples=[8])


class BaseModelLimits(Schema):
    """Video sizes that a base model supports."""

    frames: Range = Field(description="Numbers of frames.")
    size: Range = Field(description="Heights and widths in pixels.")


class BaseModel(Schema):
    """A base model: a pretrained text-to-video model, and the defaults of the jobs on it."""

    id: str = Field(description="Id of the base model.", examples=["choreo-world"])
    family: Family = Field(description="Family of the base model (docs/families.md).")
    revision: str = Field(description="Revision of the base model.", examples=["3"])
    limits: BaseModelLimits = Field(description="Video sizes that it supports.")
    supports_highway: bool = Field(
        description="Whether its architecture supports the Appearance Highway.", examples=[True]
    )
    supports_spatial_path: bool = Field(
        description="Whether its trainings may have another `spatial_path` than `none`.", examples=[True]
    )
    samplers: list[SchedulerName] = Field(
        description="Values of `scheduler` that it supports.", examples=[["ddim", "dpmpp_2m"]]
    )
    readiness: Readiness = Field(
        description="`warm`: a worker has it in memory; `cold`: a worker must load it first; `unserved`: no worker "
        "takes jobs on it now."
    )
    training_defaults: dict[str, Any] = Field(
        description="Value of each `TrainingRecipeRequest` field that a request omits.",
        examples=[{"preset": "tap", "rank": 16, "steps": 250}],
    )
    generation_defaults: dict[str, Any] = Field(
        description="Value of each field that a `GenerationRequest` or an `EvaluationRequest` omits.",
        examples=[{"steps": 20, "guidance_scale": 1.0}],
    )
    vocabulary: Vocabulary | None = Field(
        description="What it can draw; null for a base model that was trained on open language. A prompt with another "
        "word gives the job a warning."
    )


class BaseModels(Schema):
    """Every base model of the service."""

    data: list[BaseModel] = Field(description="The base models, the default one first.")


@router.get("", operation_id="list_base_models")
def list_base_models(state: AppStateDep, _: Reader) -> BaseModels:
    """Lists every base model, the default one first."""
    with state.database.read() as session:
        found = workers.readiness(session, state.catalogue, state.clock.now())
    return BaseModels(data=[_view(info, found[id]) for id, info in state.catalogue.items()])


def _view(info: BaseModelInfo, readiness: Readiness) -> BaseModel:
    limits = BaseModelLimits(frames=Range(**info.limits.frames._asdict()), size=Range(**info.limits.size._asdict()))
    return BaseModel(
        id=info.id,
        family=info.family,
        revision=info.revision,
        limits=limits,
        supports_highway=info.family_info.supports_highway,
        supports_spatial_path=info.family_info.supports_spatial_path,
        samplers=list(info.family_info.samplers),
        readiness=readiness,
        training_defaults=info.training_with(None),
        generation_defaults=info.generation,
        vocabulary=info.vocabulary,
    )
