"""Bodies of webhooks (Standard Webhooks 1.0.0)."""

from typing import Any, Literal

from pydantic import Field

from shared.schemas.common import EXAMPLE_ULID, ConceptId, CreatedAt, EndpointId, JobId, Metadata, Schema, Timestamp
from shared.schemas.job import JobError, JobKind, JobState, StateSeq, VersionNumber

EventType = Literal[
    "training.running",
    "training.succeeded",
    "training.failed",
    "training.canceled",
    "generation.running",
    "generation.succeeded",
    "generation.failed",
    "generation.canceled",
    "evaluation.running",
    "evaluation.succeeded",
    "evaluation.failed",
    "evaluation.canceled",
    "concept.version.created",
    "webhook.test",
]


class WebhookPayload(Schema):
    """Body of a webhook, at most 20 kB."""

    type: EventType = Field(description="Type of the event.", examples=["training.succeeded"])
    timestamp: Timestamp = Field(description="Time of the event.")
    data: dict[str, Any] = Field(
        description="Content by type: `JobEventData`, `VersionEventData` or `EndpointTest`.",
        examples=[{"id": f"job_{EXAMPLE_ULID}", "kind": "training", "state": "succeeded", "state_seq": 7}],
    )


class JobEventData(Schema):
    """`data` of `training.*`, `generation.*` and `evaluation.*`: a summary of the job."""

    id: JobId
    kind: JobKind = Field(description="Kind of the job.")
    state: JobState = Field(description="State of the job.", examples=["succeeded"])
    state_seq: StateSeq
    attempt: int = Field(description="Number of the current or last attempt; 0 before the first one.", examples=[1])
    concept_id: ConceptId | None = Field(description="Id of the job's concept; null without one.")
    version: VersionNumber | None = Field(
        description="Version of the concept: the one that a succeeded training made, or that the job uses; null "
        "without one.",
    )
    error: JobError | None = Field(description="Reason of the failure; null unless it failed.", examples=[None])
    metadata: Metadata
    created_at: CreatedAt


class VersionEventData(Schema):
    """`data` of `concept.version.created`."""

    concept_id: ConceptId
    version: VersionNumber
    job_id: JobId = Field(description="Id of the training that made the version.")


class EndpointTest(Schema):
    """`data` of `webhook.test`."""

    endpoint_id: EndpointId
