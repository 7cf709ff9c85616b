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
    EvaluationJob,
    EvaluationRequest,
    EvaluationResult,
    Event,
    GenerationJob,
    GenerationRequest,
    JobError,
    JobState,
    Problem,
    ProblemField,
    Progress,
    TrainingClip,
    TrainingJob,
    TrainingRequest,
)
from choreo.generated.models import HighwayRequest as Highway
from choreo.generated.models import TrainingRecipeRequest as Recipe
from choreo.generated.models.generation_request_scheduler_type_0 import GenerationRequestSchedulerType0 as Scheduler

__all__ = [
    "Alias",
    "Artifact",
    "Attempt",
    "BaseModel",
    "Clip",
    "Concept",
    "ConceptVersion",
    "Deadlines",
    "EvaluationJob",
    "EvaluationRequest",
    "EvaluationResult",
    "Event",
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
    "TrainingJob",
    "TrainingRequest",
]
