"""Events: what happened, in order."""

from typing import Any

from pydantic import Field

from shared.schemas.common import JobId, Schema, Timestamp


class Event(Schema):
    """One thing that happened to a tenant; `seq` counts the tenant's events without gaps."""

    id: str
    seq: int = Field(ge=1)
    type: str = Field(description="`training.running`, `generation.progress`, `concept.version.created`, ...")
    job_id: JobId | None
    state_seq: int | None
    data: dict[str, Any]
    created_at: Timestamp
