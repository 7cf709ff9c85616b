"""What a webhook receiver gets (Standard Webhooks 1.0.0)."""

from typing import Any, Literal

from shared.schemas.common import ConceptId, EndpointId, JobId, Metadata, Schema, Timestamp
from shared.schemas.job import JobError, JobKind, JobState

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
    """The body of every webhook, under 20 kB."""

    type: EventType
    timestamp: Timestamp
    data: dict[str, Any]


class JobNews(Schema):
    """`data` of `training.*`, `generation.*` and `evaluation.*`: the job in short; GET has the rest."""

    id: JobId
    kind: JobKind
    state: JobState
    state_seq: int
    attempt: int
    concept_id: ConceptId | None
    version: int | None
    error: JobError | None
    metadata: Metadata
    created_at: Timestamp


class VersionNews(Schema):
    """`data` of `concept.version.created`."""

    concept_id: ConceptId
    version: int
    job_id: JobId


class EndpointTest(Schema):
    """`data` of `webhook.test`."""

    endpoint_id: EndpointId
