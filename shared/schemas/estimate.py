"""What a job would be and cost: the answer to a dry run."""

from typing import Literal

from pydantic import Field

from shared.schemas.common import Schema
from shared.schemas.evaluation import EvaluationSpec
from shared.schemas.generation import GenerationSpec
from shared.schemas.training import TrainingSpec


class Interval(Schema):
    """A likely value in seconds, and bounds to it."""

    low: float = Field(ge=0)
    likely: float = Field(ge=0)
    high: float = Field(ge=0)


class _EstimateBase(Schema):
    queue_position: int = Field(ge=0, description="How many jobs would go first.")
    queue_wait_seconds: Interval | None = Field(
        description="Until it would start, if as many workers serve as lately; null while too little is known."
    )
    gpu_seconds: Interval | None = Field(description="What it would use; null while too little is known.")
    confidence: float | None = Field(
        ge=0, le=1, description="How often a job like the past ones uses between `low` and `high` GPU seconds."
    )
    num_past_jobs: int = Field(ge=0, description="How many jobs this is estimated from.")


class TrainingEstimate(_EstimateBase):
    """A training that was not made; `spec` is what it would run. Send the drawn seed along to keep it."""

    kind: Literal["training"] = "training"
    spec: TrainingSpec


class GenerationEstimate(_EstimateBase):
    """A generation that was not made; `spec` is what it would run. Send the drawn seed along to keep it."""

    kind: Literal["generation"] = "generation"
    spec: GenerationSpec


class EvaluationEstimate(_EstimateBase):
    """An evaluation that was not made; `spec` is what it would run. Send the drawn seeds along to keep them."""

    kind: Literal["evaluation"] = "evaluation"
    spec: EvaluationSpec
