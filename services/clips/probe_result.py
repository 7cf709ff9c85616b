"""The result of an examination: properties of the canonical form, or the reason of the rejection."""

from pydantic import BaseModel, ConfigDict, Field

from services.video.limits import Limits, Reason

__all__ = ["Limits", "Media", "Reason", "Rejected"]


class Rejected(BaseModel):
    """The rejection of a clip."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reason: Reason
    message: str = Field(description="One sentence for a person.")


class Media(BaseModel):
    """Properties of the canonical form: H.264, yuv420p, square pixels, upright, constant frame rate, no audio."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    num_frames: int
    fps: float
    width: int
    height: int
    duration_seconds: float
