"""Events: an ordered log of the changes of a tenant's jobs and concepts."""

from typing import Any

from pydantic import Field

from shared.schemas.common import EXAMPLE_ULID, EventId, JobId, Schema, Timestamp


class Event(Schema):
    """One event of a tenant."""

    id: EventId
    seq: int = Field(
        ge=1, description="Number of the event. It counts the tenant's events from 1 without gaps.", examples=[42]
    )
    type: str = Field(
        description="Type, for example `training.running`, `generation.progress` or `concept.version.created`.",
        examples=["training.succeeded"],
    )
    job_id: JobId | None = Field(description="Id of the job; null for an event that concerns no job.")
    state_seq: int | None = Field(
        description="The job's `state_seq` after the event; null for an event that is not a change of a job.",
        examples=[7],
    )
    data: dict[str, Any] = Field(
        description="Content of the event. It depends on the type.",
        examples=[{"id": f"job_{EXAMPLE_ULID}", "state": "succeeded", "state_seq": 7}],
    )
    created_at: Timestamp = Field(description="Time of the event.")
