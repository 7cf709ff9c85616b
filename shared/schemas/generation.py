"""Generations: the request, and the specification with every default resolved (docs/method.md, sections 4 and 6)."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from shared.schemas.common import (
    EXAMPLE_ULID,
    NOT_BLANK,
    ConceptId,
    Fraction,
    FrameRate,
    ResolvedSchema,
    Schema,
    Seed,
)
from shared.schemas.forms import request_form
from shared.schemas.highway import Highway, HighwayRequest
from shared.schemas.submission import Submission

OutputFormat = Literal["mp4"]
MAX_LCM_STEPS = 50
"""Number of timesteps among which LCM chooses its own (Luo et al. 2023, section 4.3)."""
SchedulerName = Literal["ddim", "dpmpp_2m", "unipc", "euler", "lcm"]
BaseModelId = Annotated[str, Field(description="Id of the base model.", examples=["choreo-world"])]
Prompt = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=2000, pattern=NOT_BLANK),
    Field(
        description="Text prompt: the subject, the motion and the scene.",
        examples=["a blue cross orbiting on a teal background"],
    ),
]
NegativePrompt = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)]
ConceptReference = Annotated[
    str,
    Field(
        pattern=r"^con_[0-7][0-9A-HJKMNP-TV-Z]{25}(@([1-9][0-9]{0,8}|[a-z][a-z0-9_-]{0,31}))?$",
        description="The concept and its version: `con_...` for the latest version, `con_...@3` for version 3, "
        "`con_...@prod` for the version that the alias `prod` names.",
        examples=[f"con_{EXAMPLE_ULID}@3"],
    ),
]


class ConceptVersionRef(Schema):
    """Reference to one version of a concept."""

    concept_id: ConceptId
    version: int = Field(ge=1, description="Number of the version.", examples=[3])


class Rendering(ResolvedSchema):
    """How videos are sampled: size, sampler, guidance, adapter and highway."""

    negative_prompt: NegativePrompt = Field(
        default="",
        description="Text prompt of the unconditional branch of classifier-free guidance.",
        examples=["blurry"],
    )
    num_frames: int = Field(default=16, ge=1, description="Number of frames.", examples=[8])
    height: int = Field(default=384, ge=8, description="Height in pixels.", examples=[64])
    width: int = Field(default=384, ge=8, description="Width in pixels.", examples=[64])
    fps: FrameRate = Field(default=8, description="Frame rate of the video, in frames a second.")
    steps: int = Field(default=30, ge=1, le=1000, description="Number of denoising steps.")
    guidance_scale: float = Field(
        default=12.0, ge=0, le=50, description="Scale of classifier-free guidance. 1 switches guidance off."
    )
    adapter_scale: float = Field(
        default=1.0, ge=0, le=4, description="Factor of the adapter's output. 0 switches the adapter off."
    )
    highway: Highway = Field(
        default=Highway(mode="release"),
        description="The Appearance Highway during sampling. Without a concept the default mode is `off`.",
    )
    phase: Fraction = Field(
        default=1.0,
        description="Phased LoRA Integration: fraction of the denoising steps, from the noisy end, that use the "
        "adapter and the highway, rounded to whole steps, and at least one step unless it is 0. The remaining steps "
        "use the base model alone.",
    )
    noise_prior: Fraction = Field(
        default=0.0,
        description="Share of a reference clip's inverted noise in the initial latents. More than 0 needs a version "
        "that was trained with `save_inverted_noise`.",
    )
    scheduler: SchedulerName = Field(default="ddim", description="Sampler, one of the base model's `samplers`.")


class RenderingRequest(request_form(Rendering, Submission, nested={"highway": HighwayRequest()})):
    """How videos are sampled. An omitted field has the base model's default."""

    @property
    def texts(self) -> dict[str, str]:
        """The texts of the request for the text encoder, by JSON Pointer into the body."""
        given = self.model_dump(include={"negative_prompt"}, exclude_none=True)
        return {f"/{name}": text for name, text in given.items()}


class GenerationRequest(RenderingRequest):
    """Request for a generation: one video of a prompt, with the motion of a concept."""

    prompt: Prompt
    concept: ConceptReference | None = Field(
        default=None,
        description="The concept whose motion is generated: `con_...` for its latest version, `con_...@3` or "
        "`con_...@prod` for another one. Null for the base model without an adapter.",
        examples=[f"con_{EXAMPLE_ULID}@3"],
    )
    base_model: str | None = Field(
        default=None,
        description="Id of the base model. Default: the one that the concept was trained on; without a concept, the "
        "service's first base model.",
        examples=["choreo-world"],
    )
    seed: Seed | None = Field(default=None, description="Seed of the initial noise. Default: random.", examples=[7])
    output_format: OutputFormat | None = Field(
        default=None, description="Container of the video. Default: the base model's `output_format`."
    )

    @property
    def texts(self) -> dict[str, str]:
        """See `RenderingRequest.texts`."""
        return {"/prompt": self.prompt} | super().texts


class GenerationSpec(Rendering):
    """A generation with every default resolved."""

    prompt: Prompt
    concept: ConceptVersionRef | None = Field(
        default=None, description="The version whose adapter is used; null for the base model without an adapter."
    )
    base_model: BaseModelId
    seed: Seed
    output_format: OutputFormat = Field(default="mp4", description="Container of the video.")
