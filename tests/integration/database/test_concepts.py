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


def look(job_setup: JobSetup) -> Concept:
    with job_setup.db.read() as session:
        return views.concept(session, concepts.get(session, job_setup.tenant, job_setup.concept))


def put(job_setup: JobSetup, name: str, version: int, expected: int | None) -> AliasRow:
    with job_setup.db.write() as session:
        request = AliasPut(version=version, expected_version=expected)
        return concepts.put_alias(session, job_setup.tenant, job_setup.concept, name, request, job_setup.clock.now())


def test_a_new_concept_is_empty(job_setup: JobSetup):
    concept = look(job_setup)
    assert (concept.name, concept.latest_version, concept.aliases, concept.metadata) == ("orbit", None, {}, {})


def test_a_patch_changes_what_it_states(job_setup: JobSetup):
    job_setup.later(5)
    with job_setup.db.write() as session:
        patch = ConceptPatch(description="round and round", metadata={"a": "b"})
        concepts.patch(session, job_setup.tenant, job_setup.concept, patch, job_setup.clock.now())
    concept = look(job_setup)
    assert (concept.name, concept.description, concept.metadata) == ("orbit", "round and round", {"a": "b"})
    assert (concept.updated_at - concept.created_at).total_seconds() == 5


def test_lists_are_newest_first_and_the_tenants_own(job_setup: JobSetup):
    job_setup.later(1)
    second = job_setup.new_concept(job_setup.tenant)
    job_setup.new_concept(job_setup.new_tenant("stranger"))
    with job_setup.db.read() as session:
        assert [row.id for row in concepts.list_page(session, job_setup.tenant, 10)] == [second, job_setup.concept]
        assert [row.id for row in concepts.list_page(session, job_setup.tenant, 10, second)] == [job_setup.concept]


def test_a_version_is_all_that_is_known_of_its_training(job_setup: JobSetup):
    job_setup.train(recipe={"seed": 5})
    claimed = job_setup.claimed(TRAININGS)
    job_setup.finish(
        claimed, "adapter.safetensors", "report.json", "previews/1.mp4", metrics={"loss": 0.5, "nan": None}
    )
    with job_setup.db.read() as session:
        version = views.version(versions.get_version(session, job_setup.tenant, job_setup.concept, 1), LINKS.sign)
    assert version.adapter.url == f"http://storage.test/{claimed.prefix}adapter.safetensors"
    assert [file.name for file in version.previews] == ["previews/1.mp4"]
    assert len(version.artifacts) == 3
    assert (version.base_model.id, version.base_model.revision, version.base_model.content_hash) == (BASE, "r1", "h1")
    assert (version.seed, version.recipe.rank, version.job_id) == (5, 4, claimed.id)
    assert [(clip.clip_id, clip.sha256) for clip in version.clips] == [(job_setup.clip, "0" * 64)]
    assert version.metrics == {"loss": 0.5, "nan": None}


def test_versions_are_counted_without_gaps_whatever_fails_between(job_setup: JobSetup):
    job_setup.version()
    job_setup.train()
    job_setup.train()
    failed, good = job_setup.claimed(TRAININGS), job_setup.claimed(TRAININGS)
    job_setup.cancel(failed.id)
    job_setup.confirm_canceled(failed)
    job_setup.finish(good)
    with job_setup.db.read() as session:
        rows = versions.list_versions(session, job_setup.tenant, job_setup.concept, 10)
        assert [row.version for row in rows] == [2, 1]
        assert [row.version for row in versions.list_versions(session, job_setup.tenant, job_setup.concept, 10, 2)] == [
            1
        ]
    assert look(job_setup).latest_version == 2


def test_aliases_move_by_compare_and_set(job_setup: JobSetup):
    job_setup.version()
    job_setup.version()
    put(job_setup, "prod", 1, None)
    with pytest.raises(AliasMoved):
        put(job_setup, "prod", 2, None)
    with pytest.raises(AliasMoved):
        put(job_setup, "prod", 2, 2)
    with pytest.raises(AliasMoved):
        put(job_setup, "canary", 2, 1)
    put(job_setup, "prod", 2, 1)
    assert look(job_setup).aliases == {"prod": 2, "latest": 2}


def test_aliases_point_at_versions_that_exist_and_latest_moves_by_itself(job_setup: JobSetup):
    job_setup.version()
    with pytest.raises(NotFound):
        put(job_setup, "prod", 2, None)
    with pytest.raises(Invalid):
        put(job_setup, "latest", 1, 1)


@pytest.mark.parametrize(("name", "version"), [("", 2), ("@latest", 2), ("@1", 1), ("@prod", 1)])
def test_references(job_setup: JobSetup, name: str, version: int):
    job_setup.version()
    job_setup.version()
    put(job_setup, "prod", 1, None)
    with job_setup.db.read() as session:
        assert versions.resolve(session, job_setup.tenant, job_setup.concept + name).version == version


@pytest.mark.parametrize("name", ["@2", "@canary", "@99999999"])
def test_references_to_nothing(job_setup: JobSetup, name: str):
    job_setup.version()
    with job_setup.db.read() as session, pytest.raises(Invalid):
        versions.resolve(session, job_setup.tenant, job_setup.concept + name)


def test_deleting_a_concept_removes_everything_of_it(job_setup: JobSetup):
    job_setup.version()
    put(job_setup, "prod", 1, None)
    with job_setup.db.write() as session:
        concepts.delete(session, job_setup.tenant, job_setup.concept, job_setup.clock.now())
        assert session.scalars(select(VersionRow.version)) == session.scalars(select(AliasRow.name)) == []
        item = session.scalar(select(OutboxRow).where(OutboxRow.topic == "delete"))
    assert item is not None
    assert item.payload["prefix"] == f"tenants/{job_setup.tenant}/concepts/{job_setup.concept}/"


def test_another_tenants_concept_does_not_exist(job_setup: JobSetup):
    stranger, now = job_setup.new_tenant("stranger"), job_setup.clock.now()
    job_setup.version()

    def reach(session: WriteSession):
        yield lambda: concepts.get(session, stranger, job_setup.concept)
        yield lambda: concepts.patch(session, stranger, job_setup.concept, ConceptPatch(name="mine"), now)
        yield lambda: concepts.delete(session, stranger, job_setup.concept, now)
        yield lambda: versions.get_version(session, stranger, job_setup.concept, 1)
        yield lambda: concepts.put_alias(session, stranger, job_setup.concept, "prod", AliasPut(version=1), now)

    with job_setup.db.write() as session:
        for attempt in reach(session):
            with pytest.raises(NotFound):
                attempt()
        assert versions.list_versions(session, stranger, job_setup.concept, 10) == []
        assert concepts.create(session, stranger, ConceptCreate(name="theirs"), now).tenant_id == stranger
