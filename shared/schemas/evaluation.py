"""Evaluations: a version generates videos of prompts, which are measured (docs/method.md, section 11)."""

from typing import Annotated, Self, TypeVar

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from shared.schemas.common import Seed
from shared.schemas.generation import (
    BaseModelId,
    ConceptReference,
    ConceptVersionRef,
    Prompt,
    Rendering,
    RenderingRequest,
)

MAX_PROMPTS = 16
MAX_SEEDS = 8
MAX_VIDEOS = 32
"""Videos of the version in one evaluation. The base model generates as many, and all are held in memory."""
DEFAULT_SAMPLES = 2
"""Seeds of each prompt when the request names none."""
Item = TypeVar("Item", str, int)


def _require_unique(items: list[Item]) -> list[Item]:
    if len(set(items)) < len(items):
        raise PydanticCustomError("repeated_item", "Each item may occur once.")
    return items


Prompts = Annotated[
    list[Prompt],
    Field(
        min_length=1,
        max_length=MAX_PROMPTS,
        description="Text prompts. One video is generated for each prompt and seed.",
    ),
    AfterValidator(_require_unique),
]
Seeds = Annotated[
    list[Seed],
    Field(
        min_length=1,
        max_length=MAX_SEEDS,
        description="Seeds of the initial noise. One video is generated for each prompt and seed.",
    ),
    AfterValidator(_require_unique),
]


class EvaluationRequest(RenderingRequest):
    """Request for an evaluation: measure a version of a concept beside its base model on the same prompts and seeds."""

    concept: ConceptReference
    prompts: Prompts | None = Field(
        default=None,
        description="Text prompts. Default: those of the base model's `evaluation_defaults` that share no appearance "
        "with the version's captions, at most three; the captions themselves when there are none.",
        examples=[["a blue cross orbiting on a teal background"]],
    )
    seeds: Seeds | None = Field(
        default=None,
        description="Seeds of the initial noise. One video is generated for each prompt and seed, at most "
        f"{MAX_VIDEOS} in all. Default: `samples` random seeds.",
        examples=[[1, 2]],
    )
    samples: int | None = Field(
        default=None,
        ge=1,
        le=MAX_SEEDS,
        description=f"Number of random seeds, instead of `seeds`. Default: {DEFAULT_SAMPLES}.",
        examples=[None],
    )

    @property
    def texts(self) -> dict[str, str]:
        """See `RenderingRequest.texts`."""
        return {f"/prompts/{index}": prompt for index, prompt in enumerate(self.prompts or ())} | super().texts

    @model_validator(mode="after")
    def _check_seeds(self) -> Self:
        if self.seeds is not None and self.samples is not None:
            raise PydanticCustomError("seeds_and_samples", "Use either seeds or samples.")
        return self


class EvaluationSettings(Rendering):
    """Settings of an evaluation: one video is generated and measured for each prompt and seed."""

    prompts: Prompts
    seeds: Seeds

    @property
    def num_videos(self) -> int:
        """Number of videos of the version. The base model generates as many."""
        return len(self.prompts) * len(self.seeds)


class EvaluationSpec(EvaluationSettings):
    """An evaluation with every default resolved."""

    concept: ConceptVersionRef = Field(description="The version that is measured.")
    base_model: BaseModelId
