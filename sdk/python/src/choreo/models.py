"""The shapes of the contract, generated from its document; those that callers write themselves have short names."""

from choreo.generated.jobs import Job
from choreo.generated.models import (
    Alias,
    Artifact,
    Attempt,
    BaseModel,
    Clip,
    Concept,
    ConceptVersion,
    Deadlines,
    Event,
    GenerationEstimate,
    GenerationJob,
    GenerationRequest,
    JobError,
    JobState,
    Problem,
    ProblemField,
    Progress,
    TrainingClip,
    TrainingEstimate,
    TrainingJob,
    TrainingRequest,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEndpointWithSecret,
)
from choreo.generated.models import HighwayRequest as Highway
from choreo.generated.models import TrainingRecipeRequest as Recipe
from choreo.generated.models.generation_request_scheduler_type_0 import GenerationRequestSchedulerType0 as Scheduler
from choreo.generated.models.webhook_endpoint_create_event_types_item import (
    WebhookEndpointCreateEventTypesItem as EventChoice,
)

__all__ = [
    "Alias",
    "Artifact",
    "Attempt",
    "BaseModel",
    "Clip",
    "Concept",
    "ConceptVersion",
    "Deadlines",
    "Event",
    "EventChoice",
    "GenerationEstimate",
    "GenerationJob",
    "GenerationRequest",
    "Highway",
    "Job",
    "JobError",
    "JobState",
    "Problem",
    "ProblemField",
    "Progress",
    "Recipe",
    "Scheduler",
    "TrainingClip",
    "TrainingEstimate",
    "TrainingJob",
    "TrainingRequest",
    "WebhookDelivery",
    "WebhookEndpoint",
    "WebhookEndpointWithSecret",
]
