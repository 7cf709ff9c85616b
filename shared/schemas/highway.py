"""The Appearance Highway as an option of generations and trainings (docs/method.md, section 3)."""

from typing import Literal

from pydantic import Field

from shared.schemas.common import RequestSchema, ResolvedSchema
from shared.schemas.forms import request_form

HighwayMode = Literal["off", "release", "full"]
DEFAULT_GAIN = 1.1
"""The gain of the method's release."""


class Highway(ResolvedSchema):
    """The Appearance Highway, for base models with `supports_highway`: U-Net skip connections that start after the
    spatial attention instead of after the temporal one.
    """

    mode: HighwayMode = Field(
        default="off",
        description="Which skip connections are moved: `off`: none; `release`: those of the last down block with "
        "cross-attention, as in the authors' code; `full`: those of every down block with cross-attention.",
        examples=["release"],
    )
    gain: float = Field(default=DEFAULT_GAIN, gt=0, le=4, description="Factor of the moved skip connections.")


class HighwayRequest(request_form(Highway, RequestSchema)):
    """Settings of the Appearance Highway in a request. An omitted field has the base model's default."""
