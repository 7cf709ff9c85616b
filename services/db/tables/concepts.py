"""Reference clips, concepts, versions and aliases."""

from datetime import datetime

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from services.db.tables.base import Id, JsonList, JsonObject, Table, Tenant


class ClipRow(Table):
    """A reference clip: the declared values, and the probe's results for the canonical video."""

    __tablename__ = "clips"
    __table_args__ = (Index(None, "tenant_id", "id"),)

    id: Mapped[Id]
    tenant_id: Mapped[Tenant]
    state: Mapped[str]
    file_name: Mapped[str]
    size_bytes: Mapped[int]
    sha256: Mapped[str | None]
    upload_key: Mapped[str]
    upload_id: Mapped[str | None]  # of an upload in parts, as the store knows it
    upload_until: Mapped[datetime | None]  # until then URLs may be used whose uploads the store cannot refuse
    source_url: Mapped[str | None]
    video_key: Mapped[str | None]
    thumbnail_key: Mapped[str | None]
    num_frames: Mapped[int | None]
    fps: Mapped[float | None]
    width: Mapped[int | None]
    height: Mapped[int | None]
    duration_seconds: Mapped[float | None]
    stored_bytes: Mapped[int | None]
    rejection_code: Mapped[str | None]
    rejection_message: Mapped[str | None]
    processing_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    completed_at: Mapped[datetime | None]


class ExpiringUploadRow(Table):
    """A clip that has ended or is deleted, while upload URLs of `size_bytes` may be used below `prefix`."""

    __tablename__ = "expiring_uploads"
    __table_args__ = (Index(None, "tenant_id"), Index(None, "look_at"))

    clip_id: Mapped[Id]
    tenant_id: Mapped[Tenant]
    prefix: Mapped[str]
    size_bytes: Mapped[int]
    found_bytes: Mapped[int]
    ended_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    look_at: Mapped[datetime]


class ConceptRow(Table):
    """A motion concept; the next version gets `latest_version + 1`."""

    __tablename__ = "concepts"
    __table_args__ = (Index(None, "tenant_id", "id"),)

    id: Mapped[Id]
    tenant_id: Mapped[Tenant]
    name: Mapped[str]
    description: Mapped[str]
    labels: Mapped[JsonObject] = mapped_column("metadata")
    quality_gate: Mapped[JsonObject] = mapped_column(default=dict, server_default=text("'{}'"))
    latest_version: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class VersionRow(Table):
    """An immutable version; `artifacts` are {name, key, size_bytes, sha256, content_type}."""

    __tablename__ = "concept_versions"

    concept_id: Mapped[str] = mapped_column(ForeignKey("concepts.id", ondelete="CASCADE"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    tenant_id: Mapped[Tenant]
    job_id: Mapped[str] = mapped_column(unique=True)
    manifest_key: Mapped[str]
    artifacts: Mapped[JsonList]
    base_model: Mapped[str]
    base_revision: Mapped[str]
    base_content_hash: Mapped[str]
    recipe: Mapped[JsonObject]
    clips: Mapped[JsonList]
    metrics: Mapped[JsonObject]
    created_at: Mapped[datetime]


class AliasRow(Table):
    """An alias of a version."""

    __tablename__ = "concept_aliases"
    __table_args__ = (
        ForeignKeyConstraint(
            ["concept_id", "version"], ["concept_versions.concept_id", "concept_versions.version"], ondelete="CASCADE"
        ),
    )

    concept_id: Mapped[Id]
    name: Mapped[Id]
    version: Mapped[int]
    updated_at: Mapped[datetime]
