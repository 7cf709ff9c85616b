"""Previews: videos that a running training generates with its adapter as it is, on request."""

from typing import Literal

from pydantic import Field

from shared.schemas.common import Artifact, RequestSchema, Schema, Seed, Timestamp
from shared.schemas.generation import Prompt, Rendering

PreviewState = Literal["pending", "ready", "failed"]


class PreviewRequest(RequestSchema):
    """Request for a preview of a running training."""

    prompt: Prompt | None = Field(
        default=None,
        description="Text prompt. Default: the first prompt of the training's evaluation.",
        examples=["a blue cross orbiting on a teal background"],
    )
    seed: Seed | None = Field(
        default=None,
        description="Seed of the initial noise. Default: the training's seed, so that previews can be compared.",
        examples=[7],
    )


class PreviewSpec(Rendering):
    """A preview with every default resolved."""

    prompt: Prompt
    seed: Seed


class JobPreview(Schema):
    """A preview of a training: a video generated with the adapter after `step`."""

    number: int = Field(ge=1, description="Number of the preview within the training, from 1.", examples=[1])
    state: PreviewState = Field(
        description="`pending` until the video is stored; `ready` with the video; `failed` with an error.",
        examples=["ready"],
    )
    prompt: Prompt
    seed: Seed
    step: int | None = Field(
        ge=1, description="Number of training steps that the adapter had done; null unless ready.", examples=[200]
    )
    attempt: int | None = Field(
        ge=1, description="Number of the attempt that generated the video; null unless ready.", examples=[1]
    )
    video: Artifact | None = Field(description="The video; null unless ready.")
    error: str | None = Field(description="Reason of the failure; null unless failed.", examples=[None])
    asked_at: Timestamp = Field(description="Time of the request.")
