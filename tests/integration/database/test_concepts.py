"""Concepts, versions and aliases on both databases."""

import pytest
from sqlalchemy import select

from services.concepts import service as concepts
from services.concepts import versions, views
from services.db.sessions import WriteSession
from services.db.tables import AliasRow, OutboxRow, VersionRow
from shared.errors import AliasMoved, Invalid, NotFound
from shared.schemas.concept import AliasPut, Concept, ConceptCreate, ConceptPatch
from tests.job_setup import BASE, LINKS, TRAININGS, JobSetup


def look(record: JobSetup) -> Concept:
    with record.db.read() as session:
        return views.concept(session, concepts.get(session, record.tenant, record.concept))


def put(record: JobSetup, name: str, version: int, expected: int | None) -> AliasRow:
    with record.db.write() as session:
        request = AliasPut(version=version, expected_version=expected)
        return concepts.put_alias(session, record.tenant, record.concept, name, request, record.clock.now())


def test_a_new_concept_is_empty(record: JobSetup):
    concept = look(record)
    assert (concept.name, concept.latest_version, concept.aliases, concept.metadata) == ("orbit", None, {}, {})


def test_a_patch_changes_what_it_states(record: JobSetup):
    record.later(5)
    with record.db.write() as session:
        patch = ConceptPatch(description="round and round", metadata={"a": "b"})
        concepts.patch(session, record.tenant, record.concept, patch, record.clock.now())
    concept = look(record)
    assert (concept.name, concept.description, concept.metadata) == ("orbit", "round and round", {"a": "b"})
    assert (concept.updated_at - concept.created_at).total_seconds() == 5


def test_lists_are_newest_first_and_the_tenants_own(record: JobSetup):
    record.later(1)
    second = record.new_concept(record.tenant)
    record.new_concept(record.new_tenant("stranger"))
    with record.db.read() as session:
        assert [row.id for row in concepts.list_page(session, record.tenant, 10)] == [second, record.concept]
        assert [row.id for row in concepts.list_page(session, record.tenant, 10, second)] == [record.concept]


def test_a_version_is_all_that_is_known_of_its_training(record: JobSetup):
    record.train(recipe={"seed": 5})
    claimed = record.claimed(TRAININGS)
    record.finish(claimed, "adapter.safetensors", "report.json", "previews/1.mp4", metrics={"loss": 0.5, "nan": None})
    with record.db.read() as session:
        version = views.version(versions.get_version(session, record.tenant, record.concept, 1), LINKS.sign)
    assert version.adapter.url == f"http://storage.test/{claimed.prefix}adapter.safetensors"
    assert [file.name for file in version.previews] == ["previews/1.mp4"]
    assert len(version.artifacts) == 3
    assert (version.base_model.id, version.base_model.revision, version.base_model.content_hash) == (BASE, "r1", "h1")
    assert (version.seed, version.recipe.rank, version.job_id) == (5, 4, claimed.id)
    assert [(clip.clip_id, clip.sha256) for clip in version.clips] == [(record.clip, "0" * 64)]
    assert version.metrics == {"loss": 0.5, "nan": None}


def test_versions_are_counted_without_gaps_whatever_fails_between(record: JobSetup):
    record.version()
    record.train()
    record.train()
    failed, good = record.claimed(TRAININGS), record.claimed(TRAININGS)
    record.cancel(failed.id)
    record.confirm_canceled(failed)
    record.finish(good)
    with record.db.read() as session:
        rows = versions.list_versions(session, record.tenant, record.concept, 10)
        assert [row.version for row in rows] == [2, 1]
        assert [row.version for row in versions.list_versions(session, record.tenant, record.concept, 10, 2)] == [1]
    assert look(record).latest_version == 2


def test_aliases_move_by_compare_and_set(record: JobSetup):
    record.version()
    record.version()
    put(record, "prod", 1, None)
    with pytest.raises(AliasMoved):
        put(record, "prod", 2, None)
    with pytest.raises(AliasMoved):
        put(record, "prod", 2, 2)
    with pytest.raises(AliasMoved):
        put(record, "canary", 2, 1)
    put(record, "prod", 2, 1)
    assert look(record).aliases == {"prod": 2, "latest": 2}


def test_aliases_point_at_versions_that_exist_and_latest_moves_by_itself(record: JobSetup):
    record.version()
    with pytest.raises(NotFound):
        put(record, "prod", 2, None)
    with pytest.raises(Invalid):
        put(record, "latest", 1, 1)


@pytest.mark.parametrize(("name", "version"), [("", 2), ("@latest", 2), ("@1", 1), ("@prod", 1)])
def test_references(record: JobSetup, name: str, version: int):
    record.version()
    record.version()
    put(record, "prod", 1, None)
    with record.db.read() as session:
        assert versions.resolve(session, record.tenant, record.concept + name).version == version


@pytest.mark.parametrize("name", ["@2", "@canary", "@99999999"])
def test_references_to_nothing(record: JobSetup, name: str):
    record.version()
    with record.db.read() as session, pytest.raises(Invalid):
        versions.resolve(session, record.tenant, record.concept + name)


def test_deleting_a_concept_removes_everything_of_it(record: JobSetup):
    record.version()
    put(record, "prod", 1, None)
    with record.db.write() as session:
        concepts.delete(session, record.tenant, record.concept, record.clock.now())
        assert session.scalars(select(VersionRow.version)) == session.scalars(select(AliasRow.name)) == []
        item = session.scalar(select(OutboxRow).where(OutboxRow.topic == "delete"))
    assert item is not None
    assert item.payload["prefix"] == f"tenants/{record.tenant}/concepts/{record.concept}/"


def test_another_tenants_concept_does_not_exist(record: JobSetup):
    stranger, now = record.new_tenant("stranger"), record.clock.now()
    record.version()

    def reach(session: WriteSession):
        yield lambda: concepts.get(session, stranger, record.concept)
        yield lambda: concepts.patch(session, stranger, record.concept, ConceptPatch(name="mine"), now)
        yield lambda: concepts.delete(session, stranger, record.concept, now)
        yield lambda: versions.get_version(session, stranger, record.concept, 1)
        yield lambda: concepts.put_alias(session, stranger, record.concept, "prod", AliasPut(version=1), now)

    with record.db.write() as session:
        for attempt in reach(session):
            with pytest.raises(NotFound):
                attempt()
        assert versions.list_versions(session, stranger, record.concept, 10) == []
        assert concepts.create(session, stranger, ConceptCreate(name="theirs"), now).tenant_id == stranger
