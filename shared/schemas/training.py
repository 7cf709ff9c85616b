"""Trainings: what a caller asks for, and what is run once every default is resolved (METHOD 2 and 5)."""

from typing import Annotated, Literal, Self

from pydantic import Field, Strict, model_validator

from shared.schemas.common import Caption, ClipId, ConceptId, RequestSchema, Schema, Seed
from shared.schemas.evaluation import Prompts, Trial
from shared.schemas.highway import Highway, HighwayRequest
from shared.schemas.submission import Submission

Preset = Literal["tap", "tap-qk", "tap-release", "tap-qko", "motion-director"]
SpatialPath = Literal["none", "shared", "per-clip"]
GradientCheckpointing = Literal["auto", "on", "off"]
Rank = Annotated[int, Field(ge=1, le=256)]
Probability = Annotated[float, Field(ge=0, le=1)]


class TrainingRecipe(Schema):
    """How an adapter is trained, with nothing left open. Sizes in pixels, `fps` in frames a second."""

    preset: Preset = "tap"
    rank: Rank
    alpha: float = Field(gt=0)
    learning_rate: float = Field(gt=0, le=1)
    weight_decay: float = Field(default=1e-2, ge=0)
    steps: int = Field(ge=1, le=100_000)
    batch_size: int = Field(ge=1, le=64)
    dropout: float = Field(default=0.0, ge=0, lt=1)
    num_frames: int = Field(ge=1)
    height: int = Field(ge=8)
    width: int = Field(ge=8)
    fps: float = Field(default=8, gt=0, le=120)
    spatial_path: SpatialPath = "none"
    spatial_probability: Probability = 0.8
    caption_dropout: Probability = Field(
        default=0.0,
        description="The share of samples shown without their caption, so that the motion comes with any words.",
    )
    debias: bool = Field(default=True, description="Use the appearance-debiased temporal loss.")
    seed: Seed
    checkpoint_every: int = Field(ge=1)
    save_inverted_noise: bool = False
    timestep_range: tuple[Probability, Probability] = Field(
        default=(0.0, 1.0), description="The share of the noise schedule that is trained, from clean to noisy."
    )
    highway: Highway = Field(default=Highway(), description="The Appearance Highway during training.")
    aspect_buckets: bool = Field(
        default=False, description="Train each clip near its own aspect ratio instead of cropping it to height x width."
    )
    horizontal_flip: bool = Field(
        default=False, description="Mirror half of the samples. A motion has a direction, and this takes it away."
    )
    gradient_checkpointing: GradientCheckpointing = Field(
        default="auto", description="Less memory for more time; `auto` looks at what is free. The result is the same."
    )

    @model_validator(mode="after")
    def _check_range(self) -> Self:
        if self.timestep_range[0] >= self.timestep_range[1]:
            raise ValueError("timestep_range must rise")
        return self


class TrainingRecipeRequest(RequestSchema):
    """A recipe as asked for; what is left out comes from the base model's defaults."""

    preset: Preset | None = None
    rank: Rank | None = None
    alpha: float | None = Field(default=None, gt=0, description="Adapter scale times rank; the rank when left out.")
    learning_rate: float | None = Field(default=None, gt=0, le=1)
    weight_decay: float | None = Field(default=None, ge=0)
    steps: int | None = Field(default=None, ge=1, le=100_000)
    batch_size: int | None = Field(default=None, ge=1, le=64)
    dropout: float | None = Field(default=None, ge=0, lt=1)
    num_frames: int | None = Field(default=None, ge=1)
    height: int | None = Field(default=None, ge=8)
    width: int | None = Field(default=None, ge=8)
    fps: float | None = Field(default=None, gt=0, le=120)
    spatial_path: SpatialPath | None = None
    spatial_probability: Probability | None = None
    caption_dropout: Probability | None = None
    debias: bool | None = None
    seed: Seed | None = None
    checkpoint_every: int | None = Field(default=None, ge=1, le=100_000)
    save_inverted_noise: bool | None = None
    timestep_range: Annotated[tuple[Probability, Probability], Strict(strict=False)] | None = None
    highway: HighwayRequest = HighwayRequest()
    aspect_buckets: bool | None = None
    horizontal_flip: bool | None = None
    gradient_checkpointing: GradientCheckpointing | None = None


class TrainingClip(RequestSchema):
    """A reference clip and the caption that names its motion in words."""

    clip_id: ClipId
    caption: Caption


class TrainingRequest(Submission):
    """Learn a motion concept from one or a few clips."""

    concept: ConceptId = Field(description="The concept that gains a version.")
    clips: list[TrainingClip] = Field(min_length=1, max_length=100)
    base_model: str | None = Field(default=None, description="The service's first base model when left out.")
    recipe: TrainingRecipeRequest = TrainingRecipeRequest()
    evaluate: bool = Field(
        default=True, description="End by performing a few prompts: the version gets metrics and previews."
    )
    evaluation_prompts: Prompts | None = Field(
        default=None, description="What it performs then; left out, as in an evaluation."
    )


class TrainingSpec(Schema):
    """A training with every default resolved: what the engine runs."""

    concept_id: ConceptId
    base_model: str
    clips: list[TrainingClip]
    recipe: TrainingRecipe
    evaluation: Trial | None = Field(default=None, description="What it performs at its end; null: nothing.")
