"""Responses to dry runs: the resolved specification of a job and an estimate of its cost."""

from typing import Literal

from pydantic import Field

from shared.schemas.common import Schema
from shared.schemas.evaluation import EvaluationSpec
from shared.schemas.generation import GenerationSpec
from shared.schemas.submission import JobWarning
from shared.schemas.training import TrainingSpec


class Interval(Schema):
    """An estimate with its bounds, in seconds."""

    low: float = Field(ge=0, description="Lower bound in seconds.", examples=[30.5])
    likely: float = Field(ge=0, description="Median in seconds.", examples=[42.5])
    high: float = Field(ge=0, description="Upper bound in seconds.", examples=[61.0])


class _EstimateBase(Schema):
    queue_position: int = Field(ge=0, description="Number of jobs that would start before it.", examples=[1])
    queue_wait_seconds: Interval | None = Field(
        description="Time until it would start, with as many workers as served the queue in the last hour; null with "
        "too few past jobs."
    )
    gpu_seconds: Interval | None = Field(description="GPU seconds that it would use; null with too few past jobs.")
    confidence: float | None = Field(
        ge=0,
        le=1,
        description="Probability that a job like the past ones uses between `low` and `high` GPU seconds; null with "
        "too few past jobs.",
        examples=[0.8],
    )
    num_past_jobs: int = Field(
        ge=0,
        description="Number of past jobs of the same kind and base model in the estimate, at most 50.",
        examples=[12],
    )
    warnings: list[JobWarning] = Field(description="Warnings that the job would have; empty without any.")


class TrainingEstimate(_EstimateBase):
    """The response to a dry run of a training. No job was created."""

    kind: Literal["training"] = Field(default="training", description="Kind of the job.")
    spec: TrainingSpec = Field(
        description="The training with every default resolved. Send its random seed in the request to keep it."
    )


class GenerationEstimate(_EstimateBase):
    """The response to a dry run of a generation. No job was created."""

    kind: Literal["generation"] = Field(default="generation", description="Kind of the job.")
    spec: GenerationSpec = Field(
        description="The generation with every default resolved. Send its random seed in the request to keep it."
    )


class EvaluationEstimate(_EstimateBase):
    """The response to a dry run of an evaluation. No job was created."""

    kind: Literal["evaluation"] = Field(default="evaluation", description="Kind of the job.")
    spec: EvaluationSpec = Field(
        description="The evaluation with every default resolved. Send its random seeds in the request to keep them."
    )
