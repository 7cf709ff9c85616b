"""Motion concepts, their immutable versions and the aliases that point at them."""

from typing import Annotated, Self

from pydantic import Field, FiniteFloat, StringConstraints, model_validator

from shared.schemas.common import (
    NOT_BLANK,
    Artifact,
    Caption,
    ClipId,
    ConceptId,
    JobId,
    Metadata,
    RequestSchema,
    Schema,
    Seed,
    Sha256,
    Timestamp,
)
from shared.schemas.training import TrainingRecipe

ConceptName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=NOT_BLANK)]
VersionNumber = Annotated[int, Field(ge=1, lt=2**31)]
Description = Annotated[str, StringConstraints(max_length=4000)]


MetricName = Annotated[str, StringConstraints(min_length=1, max_length=64)]


class MetricBounds(RequestSchema):
    """What a metric of a version must be: at least, at most, or both."""

    least: FiniteFloat | None = None
    greatest: FiniteFloat | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.least is None and self.greatest is None:
            raise ValueError("say least, greatest or both")
        if self.least is not None and self.greatest is not None and self.least > self.greatest:
            raise ValueError("least must not be above greatest")
        return self


QualityGate = Annotated[
    dict[MetricName, MetricBounds],
    Field(max_length=16, description="What a version must measure, by metric, before an alias points at it."),
]


class ConceptCreate(RequestSchema):
    """A new, empty concept."""

    name: ConceptName
    description: Description = ""
    metadata: Metadata = Field(default_factory=dict[str, str])
    quality_gate: QualityGate = Field(default_factory=dict[str, MetricBounds])


class ConceptPatch(RequestSchema):
    """What to change; what is left out stays."""

    name: ConceptName | None = None
    description: Description | None = None
    metadata: Metadata | None = None
    quality_gate: QualityGate | None = Field(default=None, description="The whole gate; `{}` opens it.")


class Concept(Schema):
    """A motion that can be performed by anything."""

    id: ConceptId
    name: str
    description: str
    metadata: Metadata
    latest_version: int | None
    quality_gate: QualityGate
    aliases: dict[str, int] = Field(description="Alias to version; `latest` is automatic.")
    created_at: Timestamp
    updated_at: Timestamp


class AliasPut(RequestSchema):
    """Move an alias by compare-and-set."""

    version: VersionNumber
    expected_version: VersionNumber | None = Field(
        default=None, description="Where it points now; null when it is new."
    )
    force: bool = Field(default=False, description="Past the concept's quality gate.")


class Alias(Schema):
    """A name for a version."""

    name: str
    version: int
    updated_at: Timestamp


class BaseModelStamp(Schema):
    """Exactly which base model a version was trained on."""

    id: str
    revision: str
    content_hash: str


class VersionClip(Schema):
    """A clip that a version was trained on."""

    clip_id: ClipId
    caption: Caption
    sha256: Sha256 | None


class ConceptVersion(Schema):
    """One trained version; it never changes."""

    concept_id: ConceptId
    version: int = Field(ge=1)
    job_id: JobId
    adapter: Artifact
    previews: list[Artifact]
    artifacts: list[Artifact]
    base_model: BaseModelStamp
    recipe: TrainingRecipe
    seed: Seed
    clips: list[VersionClip]
    metrics: dict[str, float | None]
    created_at: Timestamp
