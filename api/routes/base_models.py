"""The pretrained models that concepts are learned on."""

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
from shared.schemas.worker import Readiness

router = APIRouter(prefix="/v1/base-models", tags=["base-models"], dependencies=RULES, responses=problems(401, 403))


class Range(Schema):
    """Accepted values: from `least` to `greatest` in steps of `multiple`."""

    least: int
    greatest: int
    multiple: int


class BaseModelLimits(Schema):
    """What a base model can render."""

    frames: Range
    size: Range = Field(description="Height and width in pixels.")


class BaseModel(Schema):
    """A base model, and the defaults that jobs on it get for what they leave out."""

    id: str
    family: Family
    revision: str
    limits: BaseModelLimits
    supports_highway: bool = Field(description="Whether the Appearance Highway applies to its architecture.")
    supports_spatial_path: bool = Field(description="Whether trainings can have a `spatial_path`.")
    readiness: Readiness = Field(
        description="`warm`: a worker has it in memory; `cold`: it is loaded first; `unserved`: no worker takes jobs "
        "on it now."
    )
    training_defaults: dict[str, Any]
    generation_defaults: dict[str, Any]


class BaseModels(Schema):
    """Every base model of this service."""

    data: list[BaseModel]


@router.get("", operation_id="list_base_models")
def list_base_models(state: AppStateDep, _: Reader) -> BaseModels:
    """Every base model, the default one first."""
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
        supports_highway=info.facts.takes_highway,
        supports_spatial_path=info.facts.takes_spatial_path,
        readiness=readiness,
        training_defaults=info.training_with(None),
        generation_defaults=info.generation,
    )
