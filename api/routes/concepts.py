"""Motion concepts, their versions and aliases."""

from typing import Annotated

from fastapi import APIRouter, Path, Response

from api.deps import AppStateDep, Reader, Trainer
from api.idempotency import IdempotentPostDep
from api.paging import PagingDep
from api.request_rules import RULES
from api.responses import posted, problems
from services.concepts import service, versions, views
from services.db.sessions import WriteSession
from shared.schemas.common import DIGITS, AliasName, ConceptId, Page
from shared.schemas.concept import Alias, AliasPut, Concept, ConceptCreate, ConceptPatch, ConceptVersion

router = APIRouter(prefix="/v1/concepts", tags=["concepts"], dependencies=RULES, responses=problems(401, 403))
VersionNumber = Annotated[int, Path(ge=1, lt=2**31, description="Number of the version."), DIGITS]


@router.post("", status_code=201, operation_id="create_concept", response_model=Concept, responses=posted(201, "Made."))
def create_concept(body: ConceptCreate, caller: Trainer, once: IdempotentPostDep) -> Response:
    """Creates an empty concept; trainings create its versions."""

    def work(session: WriteSession) -> Concept:
        return views.concept(session, service.create(session, caller.tenant_id, body, once.state.clock.now()))

    return once.once(work, status=201, location="/v1/concepts/{id}").response()


@router.get("", operation_id="list_concepts", responses=problems(422))
def list_concepts(state: AppStateDep, caller: Reader, paging: PagingDep) -> Page[Concept]:
    """Newest first."""
    with state.database.read() as session:
        rows = service.list_page(session, caller.tenant_id, paging.fetch, paging.after)
        return paging.page(rows, lambda row: views.concept(session, row), lambda row: row.id)


@router.get("/{concept_id}", operation_id="get_concept", responses=problems(404))
def get_concept(concept_id: ConceptId, state: AppStateDep, caller: Reader) -> Concept:
    """One concept with its aliases."""
    with state.database.read() as session:
        return views.concept(session, service.get(session, caller.tenant_id, concept_id))


@router.patch("/{concept_id}", operation_id="update_concept", responses=problems(404, 413, 422))
def update_concept(concept_id: ConceptId, body: ConceptPatch, state: AppStateDep, caller: Trainer) -> Concept:
    """Changes the given fields."""
    with state.database.write() as session:
        row = service.patch(session, caller.tenant_id, concept_id, body, state.clock.now())
        return views.concept(session, row)


@router.delete("/{concept_id}", status_code=204, operation_id="delete_concept", responses=problems(404))
def delete_concept(concept_id: ConceptId, state: AppStateDep, caller: Trainer) -> None:
    """Deletes a concept with its versions; their files are removed soon after."""
    with state.database.write() as session:
        service.delete(session, caller.tenant_id, concept_id, state.clock.now())


@router.get("/{concept_id}/versions", operation_id="list_versions", responses=problems(404, 422))
def list_versions(concept_id: ConceptId, state: AppStateDep, caller: Reader, paging: PagingDep) -> Page[ConceptVersion]:
    """Newest first."""
    before = int(paging.after) if paging.after else None
    with state.database.read() as session:
        service.get(session, caller.tenant_id, concept_id)
        rows = versions.list_versions(session, caller.tenant_id, concept_id, paging.fetch, before)
    return paging.page(rows, lambda row: views.version(row, state.store.presign_get), lambda row: str(row.version))


@router.get("/{concept_id}/versions/{version}", operation_id="get_version", responses=problems(404))
def get_version(concept_id: ConceptId, version: VersionNumber, state: AppStateDep, caller: Reader) -> ConceptVersion:
    """One immutable version: its adapter (a fresh URL), base model, recipe, clips and metrics."""
    with state.database.read() as session:
        row = versions.get_version(session, caller.tenant_id, concept_id, version)
    return views.version(row, state.store.presign_get)


@router.put("/{concept_id}/aliases/{name}", operation_id="put_alias", responses=problems(404, 409, 413, 422))
def put_alias(concept_id: ConceptId, name: AliasName, body: AliasPut, state: AppStateDep, caller: Trainer) -> Alias:
    """Moves an alias to a version, if it still refers to `expected_version` (null: the alias is new).

    A version that does not meet the concept's `quality_gate` is refused, unless `force` is set.
    """
    with state.database.write() as session:
        row = service.put_alias(session, caller.tenant_id, concept_id, name, body, state.clock.now())
        return Alias(name=row.name, version=row.version, updated_at=row.updated_at)
