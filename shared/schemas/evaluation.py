"""Evaluations: a version performs prompts with several seeds, and the clips are measured (METHOD 11)."""

from typing import Annotated, Self, TypeVar

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from shared.schemas.common import Seed
from shared.schemas.generation import ConceptReference, ConceptVersionRef, Prompt, Rendering, RenderingRequest

MOST_PROMPTS = 16
MOST_SEEDS = 8
MOST_CLIPS = 32
"""Of the version, and as many of the plain base: all are held in memory to be compared."""
SAMPLES = 2
"""How often an evaluation performs each prompt unless it is told."""
Item = TypeVar("Item", str, int)


def _all_different(items: list[Item]) -> list[Item]:
    if len(set(items)) < len(items):
        raise PydanticCustomError("repeated_item", "Each may be named once.")
    return items


Prompts = Annotated[list[Prompt], Field(min_length=1, max_length=MOST_PROMPTS), AfterValidator(_all_different)]
Seeds = Annotated[list[Seed], Field(min_length=1, max_length=MOST_SEEDS), AfterValidator(_all_different)]


class EvaluationRequest(RenderingRequest):
    """Measure a version of a concept: what it performs, beside what the plain base makes of the same prompts."""

    concept: ConceptReference = Field(description="`con_...`, `con_...@3` or `con_...@prod`.")
    prompts: Prompts | None = Field(
        default=None,
        description="Left out: the base model's own prompts, with the motion of the version's captions and none of "
        "their looks; the captions themselves where it has no such prompts.",
    )
    seeds: Seeds | None = Field(
        default=None,
        description=f"Each prompt is performed once with each, at most {MOST_CLIPS} clips in all; drawn when left out.",
    )
    samples: int | None = Field(
        default=None, ge=1, le=MOST_SEEDS, description=f"How many seeds to draw; {SAMPLES} when left out."
    )

    @model_validator(mode="after")
    def _check_seeds(self) -> Self:
        if self.seeds is not None and self.samples is not None:
            raise PydanticCustomError("seeds_and_samples", "Give seeds, or how many samples to draw seeds for.")
        return self


class Trial(Rendering):
    """What is performed to be measured: every prompt once with every seed."""

    prompts: Prompts
    seeds: Seeds

    @property
    def num_clips(self) -> int:
        """How many clips that makes of the version, and as many of the plain base."""
        return len(self.prompts) * len(self.seeds)


class EvaluationSpec(Trial):
    """An evaluation with every default resolved: what the engine runs."""

    concept: ConceptVersionRef
    base_model: str
