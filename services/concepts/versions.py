"""Immutable versions, numbered in the transaction that finishes their training."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update

from services.db.sessions import ReadSession, WriteSession
from services.db.tables import AliasRow, ConceptRow, VersionRow
from shared.errors import Invalid, NotFound
from shared.schemas.common import StoredFile
from shared.schemas.concept import BaseModelRevision, VersionClip
from shared.schemas.training import TrainingRecipe


@dataclass(frozen=True, kw_only=True)
class NewVersion:
    """The result of a training that becomes a version."""

    concept_id: str
    job_id: str
    manifest_key: str
    artifacts: tuple[StoredFile, ...]
    base: BaseModelRevision
    recipe: TrainingRecipe
    clips: tuple[VersionClip, ...]
    metrics: dict[str, float | None]


def add_version(session: WriteSession, tenant_id: str, new: NewVersion, now: datetime) -> VersionRow | None:
    """Insert the concept's next version; None if the concept was deleted."""
    count = (
        update(ConceptRow)
        .where(ConceptRow.id == new.concept_id, ConceptRow.tenant_id == tenant_id)
        .values(latest_version=ConceptRow.latest_version + 1, updated_at=now)
    )
    numbers = session.returning(count.returning(ConceptRow.latest_version))
    if not numbers:
        return None
    row = VersionRow(
        concept_id=new.concept_id,
        version=numbers[0],
        tenant_id=tenant_id,
        job_id=new.job_id,
        manifest_key=new.manifest_key,
        artifacts=[file.model_dump() for file in new.artifacts],
        base_model=new.base.id,
        base_revision=new.base.revision,
        base_content_hash=new.base.content_hash,
        recipe=new.recipe.model_dump(mode="json"),
        clips=[clip.model_dump() for clip in new.clips],
        metrics=new.metrics,
        created_at=now,
    )
    session.add(row)
    return row


def get_version(session: ReadSession, tenant_id: str, concept_id: str, version: int) -> VersionRow:
    """Raises NotFound."""
    row = session.get(VersionRow, (concept_id, version))
    if row is None or row.tenant_id != tenant_id:
        raise NotFound(f"no version {version} of {concept_id}")
    return row


def list_versions(
    session: ReadSession, tenant_id: str, concept_id: str, limit: int, before: int | None = None
) -> Sequence[VersionRow]:
    """Up to `limit` versions, newest first, before the version `before`."""
    query = select(VersionRow).where(VersionRow.tenant_id == tenant_id, VersionRow.concept_id == concept_id)
    if before is not None:
        query = query.where(VersionRow.version < before)
    return session.scalars(query.order_by(VersionRow.version.desc()).limit(limit))


def resolve(session: ReadSession, tenant_id: str, reference: str, pointer: str = "/concept") -> VersionRow:
    """The version that `con_...` (latest), `con_...@3` or `con_...@alias` refers to now. Raises Invalid."""
    concept_id, _, name = reference.partition("@")
    concept = session.get(ConceptRow, concept_id)
    if concept is None or concept.tenant_id != tenant_id:
        raise Invalid.at(pointer, "concept_not_found", f"no concept {concept_id}")
    version = _number(session, concept, name)
    row = session.get(VersionRow, (concept_id, version)) if version else None
    if row is None:
        raise Invalid.at(pointer, "version_not_found", f"{concept_id} has no version {name or 'yet'}")
    return row


def files_of(version: VersionRow) -> tuple[StoredFile, ...]:
    """The version's stored files: `adapter.safetensors`, `report.json`, ..."""
    return tuple(StoredFile.model_validate(file) for file in version.artifacts)


def _number(session: ReadSession, concept: ConceptRow, name: str) -> int | None:
    if name in ("", "latest"):
        return concept.latest_version or None
    if name.isdecimal():
        return int(name)
    alias = session.get(AliasRow, (concept.id, name))
    return alias.version if alias else None
