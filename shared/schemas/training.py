"""Trainings: the request, and the specification with every default resolved (docs/method.md, sections 2 and 5)."""

from typing import Annotated, Literal, Self

from pydantic import Field, Strict, model_validator

from shared.schemas.common import Caption, ClipId, ConceptId, Fraction, FrameRate, RequestSchema, ResolvedSchema, Seed
from shared.schemas.evaluation import EvaluationSettings, Prompts
from shared.schemas.forms import request_form
from shared.schemas.generation import BaseModelId
from shared.schemas.highway import Highway, HighwayRequest
from shared.schemas.submission import Submission

Preset = Literal["tap", "tap-qk", "tap-release", "tap-qko", "motion-director"]
SpatialPath = Literal["none", "shared", "per-clip"]
GradientCheckpointing = Literal["auto", "on", "off"]


class TrainingRecipe(ResolvedSchema):
    """Hyperparameters of a training. The defaults are those of the method's release (docs/method.md, section 5)."""

    preset: Preset = Field(
        default="tap",
        description="Linear layers that get LoRA matrices (docs/method.md, section 2): `tap`: the keys of the temporal "
        "attention; `tap-qk`: queries and keys; `tap-release`: keys and output projections; `tap-qko`: queries, keys "
        "and output projections; `motion-director`: all projections and the feed-forward layers.",
    )
    rank: int = Field(default=32, ge=1, le=256, description="Rank of the LoRA matrices.", examples=[16])
    alpha: float = Field(
        gt=0, description="LoRA alpha: the adapter's output is scaled by alpha / rank.", examples=[16.0]
    )
    learning_rate: float = Field(
        default=5e-4, gt=0, le=1, description="Constant learning rate of AdamW.", examples=[0.004]
    )
    weight_decay: float = Field(default=1e-2, ge=0, description="Weight decay of AdamW.")
    steps: int = Field(default=1000, ge=1, le=100_000, description="Number of optimizer steps.", examples=[300])
    batch_size: int = Field(default=1, ge=1, le=64, description="Number of clip windows in a step.", examples=[4])
    dropout: float = Field(default=0.1, ge=0, lt=1, description="Dropout probability of the adapter's inputs.")
    num_frames: int = Field(
        default=16, ge=1, description="Length of a training window, in frames at `fps`.", examples=[8]
    )
    height: int = Field(default=384, ge=8, description="Height of the training windows in pixels.", examples=[64])
    width: int = Field(default=384, ge=8, description="Width of the training windows in pixels.", examples=[64])
    fps: FrameRate = Field(
        default=8,
        description="Frame rate at which the clips are read, in frames a second. A clip that has fewer than "
        "`num_frames` frames then is read at a higher rate.",
    )
    spatial_path: SpatialPath = Field(
        default="shared",
        description="Adapters of the spatial layers that learn the clips' appearance during the training and are "
        "dropped after it: `none`, one that is `shared` by all clips, or one `per-clip`. Only base models with "
        "`supports_spatial_path` accept another value than `none`.",
    )
    spatial_probability: Fraction = Field(
        default=0.8, description="Probability that a step trains the spatial adapter as well and keeps it switched on."
    )
    caption_dropout: Fraction = Field(
        default=0.0, description="Probability that a sample's caption is replaced by the empty text."
    )
    debias: bool = Field(default=True, description="Whether the loss includes the appearance-debiased temporal term.")
    seed: Seed
    checkpoint_every: int = Field(
        default=200, ge=1, le=100_000, description="Number of steps between two checkpoints.", examples=[50]
    )
    save_inverted_noise: bool = Field(
        default=False,
        description="Whether the clips' inverted noise is stored with the version. The `noise_prior` of a generation "
        "needs it.",
    )
    timestep_range: Annotated[tuple[Fraction, Fraction], Strict(strict=False)] = Field(
        default=(0.0, 1.0),
        description="Part of the noise schedule that is trained, as two fractions from clean (0) to pure noise (1).",
        examples=[[0.0, 1.0]],
    )
    highway: Highway = Field(default=Highway(), description="The Appearance Highway during the training.")
    aspect_buckets: bool = Field(
        default=False,
        description="Whether clips are trained near their own aspect ratios. Otherwise they are cropped to `height` "
        "x `width`.",
    )
    horizontal_flip: bool = Field(
        default=False,
        description="Whether half of the samples are mirrored. The adapter then no longer tells left from right.",
    )
    gradient_checkpointing: GradientCheckpointing = Field(
        default="auto",
        description="Recomputation of activations in the backward pass, which needs less memory and more time and "
        "gives the same gradients. `auto` decides by the free memory of the GPU.",
    )

    @model_validator(mode="after")
    def _check_range(self) -> Self:
        if self.timestep_range[0] >= self.timestep_range[1]:
            raise ValueError("timestep_range must start below its end")
        return self


class TrainingRecipeRequest(
    request_form(
        TrainingRecipe,
        RequestSchema,
        nested={"highway": HighwayRequest()},
        defaults={"alpha": "the rank", "seed": "random"},
    )
):
    """Hyperparameters of a training in a request. An omitted field has the base model's default."""


class TrainingClip(RequestSchema):
    """A reference clip and its caption."""

    clip_id: ClipId
    caption: Caption


class TrainingRequest(Submission):
    """Request for a training: an adapter for the motion of one or a few clips."""

    concept: ConceptId = Field(description="Id of the concept. A training that succeeds adds a version to it.")
    clips: list[TrainingClip] = Field(min_length=1, max_length=100, description="The reference clips.")
    base_model: str | None = Field(
        default=None,
        description="Id of the base model. Default: the service's first base model.",
        examples=["choreo-world"],
    )
    recipe: TrainingRecipeRequest = Field(default=TrainingRecipeRequest(), description="Hyperparameters.")
    evaluate: bool = Field(
        default=True,
        description="Whether the training ends with a short evaluation, which gives the version metrics and previews.",
    )
    evaluation_prompts: Prompts | None = Field(
        default=None,
        description="Prompts of that evaluation. Default: as in an evaluation, at most three.",
        examples=[["a blue cross orbiting on a teal background"]],
    )


class TrainingSpec(ResolvedSchema):
    """A training with every default resolved."""

    concept_id: ConceptId
    base_model: BaseModelId
    clips: list[TrainingClip] = Field(description="The reference clips.")
    recipe: TrainingRecipe = Field(description="Hyperparameters.")
    evaluation: EvaluationSettings | None = Field(
        default=None, description="Settings of the evaluation at the end; null for none."
    )
