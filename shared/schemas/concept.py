"""Motion concepts, their immutable versions and the aliases that point at them."""

from typing import Annotated

from pydantic import Field, StringConstraints

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


class ConceptCreate(RequestSchema):
    """A new, empty concept."""

    name: ConceptName
    description: Description = ""
    metadata: Metadata = Field(default_factory=dict[str, str])


class ConceptPatch(RequestSchema):
    """What to change; what is left out stays."""

    name: ConceptName | None = None
    description: Description | None = None
    metadata: Metadata | None = None


class Concept(Schema):
    """A motion that can be performed by anything."""

    id: ConceptId
    name: str
    description: str
    metadata: Metadata
    latest_version: int | None
    aliases: dict[str, int] = Field(description="Alias to version; `latest` is automatic.")
    created_at: Timestamp
    updated_at: Timestamp


class AliasPut(RequestSchema):
    """Move an alias by compare-and-set."""

    version: VersionNumber
    expected_version: VersionNumber | None = Field(
        default=None, description="Where it points now; null when it is new."
    )


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
