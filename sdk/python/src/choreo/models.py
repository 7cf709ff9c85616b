"""The shapes of the contract, generated from its document; the three that callers write themselves have short names."""

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
    "TrainingClip",
    "TrainingJob",
    "TrainingRequest",
]
