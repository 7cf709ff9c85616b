"""Concepts and aliases. Every query is bound to a tenant; concepts of other tenants are not found."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete as delete_from
from sqlalchemy import select, update

from services import deletions
from services.concepts.versions import get_version
from services.db.dialects import insert_if_absent
from services.db.sessions import ReadSession, WriteSession
from services.db.tables import AliasRow, ConceptRow, VersionRow
from shared.errors import AliasMoved, Conflict, FieldError, Invalid, NotFound
from shared.ids import new_id
from shared.schemas.concept import AliasPut, ConceptCreate, ConceptPatch, MetricBounds, QualityGate

LATEST = "latest"


def create(session: WriteSession, tenant_id: str, request: ConceptCreate, now: datetime) -> ConceptRow:
    """Insert a concept without versions."""
    row = ConceptRow(
        id=new_id("con", now),
        tenant_id=tenant_id,
        name=request.name,
        description=request.description,
        labels=request.metadata,
        quality_gate=_dumped(request.quality_gate),
        latest_version=0,
        created_at=now,
        updated_at=now,
    )
    session.add(row)
    return row


def get(session: ReadSession, tenant_id: str, concept_id: str) -> ConceptRow:
    """Raises NotFound."""
    row = session.get(ConceptRow, concept_id)
    if row is None or row.tenant_id != tenant_id:
        raise NotFound(f"no concept {concept_id}")
    return row


def list_page(session: ReadSession, tenant_id: str, limit: int, after: str | None = None) -> Sequence[ConceptRow]:
    """Up to `limit` concepts, newest first, after the concept `after`."""
    query = select(ConceptRow).where(ConceptRow.tenant_id == tenant_id)
    if after is not None:
        query = query.where(ConceptRow.id < after)
    return session.scalars(query.order_by(ConceptRow.id.desc()).limit(limit))


def patch(session: WriteSession, tenant_id: str, concept_id: str, request: ConceptPatch, now: datetime) -> ConceptRow:
    """Set the fields that the request contains. Raises NotFound."""
    get(session, tenant_id, concept_id)
    stated = request.model_dump(exclude_none=True, exclude={"quality_gate"})
    if request.quality_gate is not None:
        stated["quality_gate"] = _dumped(request.quality_gate)
    values = {"labels" if name == "metadata" else name: value for name, value in stated.items()}
    change = update(ConceptRow).where(ConceptRow.id == concept_id).values(**values, updated_at=now)
    return session.returning(change.returning(ConceptRow))[0]


def delete(session: WriteSession, tenant_id: str, concept_id: str, now: datetime) -> None:
    """Delete a concept and its versions and request the deletion of their files. Raises NotFound."""
    get(session, tenant_id, concept_id)
    session.execute(delete_from(ConceptRow).where(ConceptRow.id == concept_id))
    deletions.request(session, tenant_id, "concept", concept_id, prefix(tenant_id, concept_id), now)


def aliases(session: ReadSession, concept: ConceptRow) -> dict[str, int]:
    """Aliases and their version numbers, including `latest`."""
    rows = session.scalars(select(AliasRow).where(AliasRow.concept_id == concept.id).order_by(AliasRow.name))
    named = {row.name: row.version for row in rows}
    return named | ({LATEST: concept.latest_version} if concept.latest_version else {})


def put_alias(
    session: WriteSession, tenant_id: str, concept_id: str, name: str, request: AliasPut, now: datetime
) -> AliasRow:
    """Move an alias to a version by compare-and-set.

    Raises NotFound, Invalid, AliasMoved, and QualityGateRefused unless the request forces it.
    """
    if name == LATEST:
        raise Invalid.at("path/name", "automatic_alias", "The alias `latest` is automatic and cannot be set.")
    version = get_version(session, tenant_id, concept_id, request.version)
    if not request.force:
        check_quality_gate(get(session, tenant_id, concept_id), version)
    row = {"concept_id": concept_id, "name": name, "version": request.version, "updated_at": now}
    if request.expected_version is None:
        moved = insert_if_absent(session, AliasRow, row)
    else:
        here = (AliasRow.concept_id == concept_id, AliasRow.name == name, AliasRow.version == request.expected_version)
        moved = session.execute(update(AliasRow).where(*here).values(version=request.version, updated_at=now))
    if not moved:
        raise AliasMoved(f"the alias {name!r} does not point at {request.expected_version or 'nothing'}")
    return AliasRow(**row)


def _dumped(bounds: QualityGate) -> dict[str, Any]:
    return {name: one.model_dump(exclude_none=True) for name, one in bounds.items()}


def prefix(tenant_id: str, concept_id: str) -> str:
    """The storage prefix of the concept's files."""
    return f"tenants/{tenant_id}/concepts/{concept_id}/"


class QualityGateRefused(Conflict):
    """The version does not meet its concept's quality gate; `force` moves the alias anyway."""

    code, title = "quality_gate", "Quality gate"


def check_quality_gate(concept: ConceptRow, version: VersionRow) -> None:
    """Raises QualityGateRefused with every violated bound. A missing metric is a violation."""
    errors = tuple(_violations(concept, version))
    if errors:
        raise QualityGateRefused("; ".join(error.message for error in errors), errors=errors)


def _violations(concept: ConceptRow, version: VersionRow) -> Iterator[FieldError]:
    for name, stated in concept.quality_gate.items():
        bounds, found = MetricBounds.model_validate(stated), version.metrics.get(name)
        if found is None:
            yield FieldError("/version", "not_measured", f"version {version.version} has no {name}")
        elif bounds.least is not None and not found >= bounds.least:
            yield FieldError("/version", "below_gate", f"{name} is {found:g}, at least {bounds.least:g} is demanded")
        elif bounds.greatest is not None and not found <= bounds.greatest:
            yield FieldError("/version", "above_gate", f"{name} is {found:g}, at most {bounds.greatest:g} is demanded")
