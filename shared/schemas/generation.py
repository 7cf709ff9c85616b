"""Generations: what a caller asks for, and what is run once every default is resolved (METHOD 3, 4 and 6)."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from shared.schemas.common import NOT_BLANK, ConceptId, Schema, Seed
from shared.schemas.highway import Highway, HighwayRequest
from shared.schemas.submission import Submission

OutputFormat = Literal["mp4"]
SchedulerName = Literal["ddim", "unipc"]
Prompt = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000, pattern=NOT_BLANK)]
NegativePrompt = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)]
ConceptReference = Annotated[
    str, StringConstraints(pattern=r"^con_[0-7][0-9A-HJKMNP-TV-Z]{25}(@([1-9][0-9]{0,8}|[a-z][a-z0-9_-]{0,31}))?$")
]
Share = Annotated[float, Field(ge=0, le=1)]


class ConceptVersionRef(Schema):
    """One immutable version of a concept."""

    concept_id: ConceptId
    version: int = Field(ge=1)


class RenderingRequest(Submission):
    """How videos are rendered, as asked for; what is left out comes from the base model's defaults."""

    negative_prompt: NegativePrompt = ""
    num_frames: int | None = Field(default=None, ge=1)
    height: int | None = Field(default=None, ge=8)
    width: int | None = Field(default=None, ge=8)
    fps: float | None = Field(default=None, gt=0, le=120)
    steps: int | None = Field(default=None, ge=1, le=1000)
    guidance_scale: float | None = Field(default=None, ge=0, le=50)
    adapter_scale: float | None = Field(default=None, ge=0, le=4)
    highway: HighwayRequest = HighwayRequest()
    phase: Share | None = Field(default=None, description="Share of the steps that use adapter and highway.")
    noise_prior: Share | None = Field(default=None, description="Share of the reference's inverted noise at the start.")
    scheduler: SchedulerName | None = None


class GenerationRequest(RenderingRequest):
    """Perform a motion concept with the appearance that the prompt describes."""

    prompt: Prompt
    concept: ConceptReference | None = Field(
        default=None, description="`con_...`, `con_...@3` or `con_...@prod`; absent means the plain base."
    )
    base_model: str | None = Field(default=None, description="The concept's own base model when left out.")
    seed: Seed | None = None
    output_format: OutputFormat | None = None


class Rendering(Schema):
    """How videos are rendered, with nothing left open. Sizes in pixels, `fps` in frames a second."""

    negative_prompt: NegativePrompt = ""
    num_frames: int = Field(ge=1)
    height: int = Field(ge=8)
    width: int = Field(ge=8)
    fps: float = Field(default=8, gt=0, le=120)
    steps: int = Field(ge=1, le=1000)
    guidance_scale: float = Field(ge=0, le=50)
    adapter_scale: float = Field(default=1.0, ge=0, le=4)
    highway: Highway = Highway()
    phase: Share = 1.0
    noise_prior: Share = 0.0
    scheduler: SchedulerName = "ddim"


class GenerationSpec(Rendering):
    """A generation with every default resolved: what the engine runs."""

    prompt: Prompt
    concept: ConceptVersionRef | None = None
    base_model: str
    seed: Seed
    output_format: OutputFormat = "mp4"
