"""Previews: what a training that is still running performs when it is asked to, and how that looks in its job."""

from typing import Literal

from pydantic import Field

from shared.schemas.common import Artifact, RequestSchema, Schema, Seed, Timestamp
from shared.schemas.generation import Prompt, Rendering

PreviewState = Literal["pending", "ready", "failed"]


class PreviewRequest(RequestSchema):
    """Have a running training perform something with what it has learned so far."""

    prompt: Prompt | None = Field(
        default=None, description="Left out: what the training performs at its end, or else would by default."
    )
    seed: Seed | None = Field(
        default=None, description="Left out: the training's own, so that its previews can be compared."
    )


class PreviewSpec(Rendering):
    """A preview with every default resolved: what the engine renders."""

    prompt: Prompt
    seed: Seed


class JobPreview(Schema):
    """What a training performed, or is about to, with its adapter as it was after `step`."""

    number: int = Field(ge=1, description="Counts the training's previews.")
    state: PreviewState
    prompt: Prompt
    seed: Seed
    step: int | None = Field(ge=1, description="Null until it is ready.")
    attempt: int | None = Field(ge=1, description="Which of the job's attempts performed it; null until it is ready.")
    video: Artifact | None = Field(description="With a fresh URL, once it is ready.")
    error: str | None = Field(description="Why there is none.")
    asked_at: Timestamp
