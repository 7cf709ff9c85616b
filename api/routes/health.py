"""Liveness and readiness, without a key."""

from typing import Literal

from fastapi import APIRouter
from pydantic import Field

from api.deps import AppStateDep
from api.responses import problems
from shared.schemas.common import Schema

router = APIRouter(tags=["health"])


class Health(Schema):
    """The status of the process."""

    status: Literal["ok"] = Field(default="ok", description="Always `ok`.")


@router.get("/healthz", operation_id="health")
async def health() -> Health:
    """Responds as long as the process runs; checks nothing else."""
    return Health()


@router.get("/readyz", operation_id="readiness", responses=problems(503))
async def readiness(state: AppStateDep) -> Health:
    """Checks the database and the storage; 503 if one of them does not respond."""
    await state.readiness.wait()
    return Health()
