"""The Appearance Highway, in a generation and in a training (METHOD 3)."""

from typing import Literal

from pydantic import Field

from shared.schemas.common import RequestSchema, Schema

HighwayMode = Literal["off", "release", "full"]


class Highway(Schema):
    """The Appearance Highway: which skips start at the spatial attention, and their gain."""

    mode: HighwayMode = "off"
    gain: float = Field(default=1.1, gt=0, le=4)


class HighwayRequest(RequestSchema):
    """The highway as asked for; what is left out comes from the base model's defaults."""

    mode: HighwayMode | None = None
    gain: float | None = Field(default=None, gt=0, le=4)
