"""Motion concepts, their immutable versions, and the aliases that name versions."""

from typing import Annotated, Self

from pydantic import Field, FiniteFloat, StringConstraints, model_validator

from shared.schemas.common import (
    EXAMPLE_SHA256,
    NOT_BLANK,
    Artifact,
    Caption,
    ClipId,
    ConceptId,
    CreatedAt,
    JobId,
    Metadata,
    Metrics,
    RequestSchema,
    Schema,
    Seed,
    Sha256,
    UpdatedAt,
    Visible,
)
from shared.schemas.training import TrainingRecipe

ConceptName = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=NOT_BLANK),
    Visible,
    Field(description="Name of the concept, for people.", examples=["orbiting"]),
]
VersionNumber = Annotated[int, Field(ge=1, lt=2**31, description="Number of the version.", examples=[3])]
Description = Annotated[
    str,
    StringConstraints(max_length=4000),
    Field(description="Description of the concept, for people.", examples=["One turn, counter-clockwise."]),
]
_ADAPTER = Artifact(
    name="adapter.safetensors",
    size_bytes=6_700_000,
    sha256=EXAMPLE_SHA256,
    content_type="application/octet-stream",
    url="https://storage.example.com/adapter.safetensors?signature=...",
).model_dump()
MetricName = Annotated[str, StringConstraints(min_length=1, max_length=64)]


class MetricBounds(RequestSchema):
    """Bounds of a metric: at least one of the two."""

    least: FiniteFloat | None = Field(
        default=None, description="Least allowed value. Default: no lower bound.", examples=[0.8]
    )
    greatest: FiniteFloat | None = Field(
        default=None, description="Greatest allowed value. Default: no upper bound.", examples=[1.0]
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.least is None and self.greatest is None:
            raise ValueError("least or greatest is required")
        if self.least is not None and self.greatest is not None and self.least > self.greatest:
            raise ValueError("least must not be greater than greatest")
        return self


QualityGate = Annotated[
    dict[MetricName, MetricBounds],
    Field(
        max_length=16,
        description="Bounds by metric name that a version must meet before an alias may name it.",
        examples=[{"motion_fidelity": {"least": 0.8, "greatest": None}}],
    ),
]


class ConceptCreate(RequestSchema):
    """Request for a new concept without versions."""

    name: ConceptName
    description: Description = ""
    metadata: Metadata = Field(default_factory=dict[str, str])
    quality_gate: QualityGate = Field(default_factory=dict[str, MetricBounds])


class ConceptPatch(RequestSchema):
    """Changes of a concept. An omitted field keeps its value."""

    name: ConceptName | None = Field(default=None, description="New name.", examples=["orbiting"])
    description: Description | None = Field(
        default=None, description="New description.", examples=["One turn, counter-clockwise."]
    )
    metadata: Metadata | None = Field(
        default=None, description="New metadata, which replaces all of the present.", examples=[{"order": "1234"}]
    )
    quality_gate: QualityGate | None = Field(
        default=None,
        description="New quality gate, which replaces the present one; `{}` removes it.",
        examples=[{"motion_fidelity": {"least": 0.8, "greatest": None}}],
    )


class Concept(Schema):
    """A motion concept. Its versions are adapters that generate its motion with any appearance."""

    id: ConceptId
    name: str = Field(description="Name of the concept, for people.", examples=["orbiting"])
    description: str = Field(
        description="Description of the concept, for people.", examples=["One turn, counter-clockwise."]
    )
    metadata: Metadata
    latest_version: int | None = Field(description="Number of its latest version; null without versions.", examples=[3])
    quality_gate: QualityGate
    aliases: dict[str, int] = Field(
        description="Version numbers by alias. `latest` always names the latest version.",
        examples=[{"latest": 3, "prod": 2}],
    )
    created_at: CreatedAt
    updated_at: UpdatedAt


class AliasPut(RequestSchema):
    """Request to point an alias at a version, by compare-and-set."""

    version: VersionNumber
    expected_version: VersionNumber | None = Field(
        default=None,
        description="Version that the alias names now; another one is an error. Null for a new alias.",
        examples=[2],
    )
    force: bool = Field(default=False, description="Whether to ignore the concept's quality gate.")


class Alias(Schema):
    """A name of a version."""

    name: str = Field(description="Name of the alias.", examples=["prod"])
    version: int = Field(description="Number of the version.", examples=[3])
    updated_at: UpdatedAt


class BaseModelRevision(Schema):
    """The exact base model that a version was trained on."""

    id: str = Field(description="Id of the base model.", examples=["choreo-world"])
    revision: str = Field(description="Revision of the base model.", examples=["3"])
    content_hash: str = Field(
        description="SHA-256 of the base model's weights and configuration, in hexadecimal.", examples=["9f2c" * 16]
    )


class VersionClip(Schema):
    """A clip that a version was trained on."""

    clip_id: ClipId
    caption: Caption
    sha256: Sha256 | None = Field(
        description="SHA-256 of the clip's file, in hexadecimal; null if the clip was deleted before the training "
        "ended.",
    )


class ConceptVersion(Schema):
    """A version of a concept: a trained adapter. It is immutable."""

    concept_id: ConceptId
    version: int = Field(ge=1, description="Number of the version, from 1.", examples=[3])
    job_id: JobId = Field(description="Id of the training that made it.")
    adapter: Artifact = Field(
        description="The adapter: LoRA matrices as safetensors, in the format of peft.", examples=[_ADAPTER]
    )
    adapter_config: Artifact | None = Field(
        default=None,
        description="Configuration of the adapter for peft: `adapter_config.json` beside `adapter_model.safetensors`, "
        "the adapter, in a folder for `PeftModel.from_pretrained`. Null for a version without it.",
        examples=[_ADAPTER | {"name": "adapter_config.json", "size_bytes": 900, "content_type": "application/json"}],
    )
    previews: list[Artifact] = Field(description="Videos of the evaluation at the end of the training.")
    artifacts: list[Artifact] = Field(description="All of its files.")
    base_model: BaseModelRevision = Field(description="The base model that it was trained on.")
    recipe: TrainingRecipe = Field(description="Hyperparameters of the training.")
    seed: Seed
    clips: list[VersionClip] = Field(description="The clips that it was trained on.")
    metrics: Metrics
    created_at: CreatedAt
