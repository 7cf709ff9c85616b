"""Concepts and versions as the API returns them."""

from collections.abc import Callable

from services.concepts.service import aliases
from services.concepts.versions import files_of
from services.db.sessions import ReadSession
from services.db.tables import ConceptRow, VersionRow
from shared.schemas.concept import BaseModelRevision, Concept, ConceptVersion, VersionClip
from shared.schemas.training import TrainingRecipe

ADAPTER, ADAPTER_CONFIG = "adapter.safetensors", "adapter_config.json"
PREVIEWS = "previews/"


def concept(session: ReadSession, row: ConceptRow) -> Concept:
    """The concept resource with its aliases."""
    return Concept(
        id=row.id,
        name=row.name,
        description=row.description,
        metadata=row.labels,
        quality_gate=row.quality_gate,
        latest_version=row.latest_version or None,
        aliases=aliases(session, row),
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def version(row: VersionRow, sign: Callable[[str], str]) -> ConceptVersion:
    """The version resource with fresh URLs; `sign` presigns a storage key."""
    artifacts = {file.name: file.signed(sign(file.key)) for file in files_of(row)}
    recipe = TrainingRecipe.model_validate(row.recipe)
    return ConceptVersion(
        concept_id=row.concept_id,
        version=row.version,
        job_id=row.job_id,
        adapter=artifacts[ADAPTER],
        adapter_config=artifacts.get(ADAPTER_CONFIG),
        previews=[artifact for name, artifact in artifacts.items() if name.startswith(PREVIEWS)],
        artifacts=list(artifacts.values()),
        base_model=BaseModelRevision(id=row.base_model, revision=row.base_revision, content_hash=row.base_content_hash),
        recipe=recipe,
        seed=recipe.seed,
        clips=[VersionClip.model_validate(clip) for clip in row.clips],
        metrics=row.metrics,
        created_at=row.created_at,
    )
