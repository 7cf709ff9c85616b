"""A row that cannot be processed keeps no other waiting in the sweep: it is logged, left out and tried again."""

import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, func, select, update

from services import outbox
from services.db.sessions import Database
from services.db.tables import ClipRow, JobRow, OutboxRow, WebhookEndpointRow
from services.jobs.lifecycle import reaping
from services.storage.directory import DirectoryStore
from services.storage.port import StorageUnavailable
from services.webhooks import service as endpoints
from services.webhooks.secret_box import SecretBox
from shared.schemas.endpoint import WebhookEndpointCreate
from tests.integration.test_worker_orphaned_objects import DELAY_SECONDS, StorageSetup
from tests.job_setup import CRASH, LEASE, TRAININGS
from tests.poison import poison


@pytest.fixture
def setup(database_url: str, tmp_path: Path) -> Iterator[StorageSetup]:
    setup = StorageSetup(database_url, tmp_path / "storage")
    yield setup
    setup.sweep.close()
    setup.jobs.db.close()


def state_of(database: Database, job_id: str) -> str:
    with database.read() as session:
        return session.scalar(select(JobRow.state).where(JobRow.id == job_id)) or ""


def test_the_sweep_reaps_the_others(setup: StorageSetup, caplog: pytest.LogCaptureFixture):
    jobs = setup.jobs
    claimed = []
    for _ in range(3):
        jobs.generate()
        claimed.append(jobs.claimed().id)
    poison(jobs.db, JobRow, claimed[0])
    jobs.later(LEASE + 1)
    for _ in range(3):
        setup.sweep.reap()
    assert [state_of(jobs.db, id) for id in claimed] == ["running", "queued", "queued"]
    assert [record.levelno for record in caplog.records if claimed[0] in record.message] == [logging.ERROR]


def test_a_step_of_the_sweep_that_fails_does_not_stop_the_next_ones(
    setup: StorageSetup, monkeypatch: pytest.MonkeyPatch
):
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("a bug")

    jobs = setup.jobs
    monkeypatch.setattr(reaping, "reap", fail)
    job = jobs.generate()
    with jobs.db.write() as session:
        session.execute(delete(OutboxRow))
    with pytest.raises(RuntimeError):
        setup.sweep.reap()
    with jobs.db.read() as session:
        assert [row.payload["queue"] for row in session.scalars(select(OutboxRow))] == [job.queue]


def test_retention_deletes_the_others(setup: StorageSetup):
    jobs = setup.jobs
    ids = []
    for _ in range(3):
        jobs.generate()
        ids.append(jobs.finish(jobs.claimed()).id)
    clips = [jobs.new_clip(jobs.tenant, "awaiting_upload") for _ in range(3)]
    with jobs.db.write() as session:
        session.execute(update(JobRow).values(delete_at=jobs.clock.now()))
        endpoint = endpoints.create(
            session, jobs.tenant, WebhookEndpointCreate(url="https://a.example/"), jobs.clock.now(), SecretBox("x")
        )
        session.execute(update(WebhookEndpointRow).values(secret="whsec_plain"))
    poison(jobs.db, JobRow, ids[0])
    poison(jobs.db, ClipRow, clips[0])
    jobs.later(timedelta(days=2).total_seconds())
    setup.sweep.apply_retention()
    with jobs.db.read() as session:
        assert list(session.scalars(select(JobRow.id).where(JobRow.deleted_at.is_(None)))) == [ids[0]]
        assert set(session.scalars(select(ClipRow.id))) == {jobs.clip, clips[0]}
        assert endpoints.get(session, jobs.tenant, endpoint.id).secret != "whsec_plain"


def test_the_search_for_orphaned_objects_goes_on(setup: StorageSetup, monkeypatch: pytest.MonkeyPatch):
    jobs = setup.jobs
    ended = []
    for _ in range(4):
        jobs.train()
        job = jobs.claimed(TRAININGS)
        setup.put(job, "adapter.safetensors")
        jobs.fail(job, CRASH, max_attempts=1)
        ended.append(job)
        jobs.later(1)
    with jobs.db.write() as session:
        here = JobRow.id == ended[0].id
        session.execute(update(JobRow).where(here).values(result={"artifacts": [{}]}))
    poison(jobs.db, JobRow, ended[1].id)
    listed = DirectoryStore.list
    monkeypatch.setattr(
        DirectoryStore,
        "list",
        lambda store, prefix: _unavailable() if prefix == ended[2].job_prefix else listed(store, prefix),
    )
    jobs.later(DELAY_SECONDS + 1)
    with pytest.raises(StorageUnavailable):
        setup.sweep.delete_orphaned_objects()
    setup.sweep.delete_orphaned_objects()
    with jobs.db.read() as session:
        assert list(session.scalars(select(JobRow.id).where(JobRow.collected_at.is_not(None)))) == [ended[3].id]
    assert not list(setup.store.list(ended[3].job_prefix.removesuffix("/")))


def _unavailable() -> None:
    raise StorageUnavailable


def test_the_other_deletions_are_carried_out(setup: StorageSetup):
    jobs = setup.jobs
    payloads = [{}, {"prefix": "../outside"}, {"prefix": None}, {"prefix": "tenants/t/jobs/j"}]
    with jobs.db.write() as session:
        for payload in payloads:
            outbox.put(session, outbox.DELETE, payload, jobs.clock.now())
    setup.store.put("tenants/t/jobs/j/file", b"12345")
    while setup.sweep.run_deletions():
        pass
    assert setup.keys() == []
    with jobs.db.read() as session:
        assert session.scalar(select(func.count()).select_from(OutboxRow)) == 3
        assert session.scalar(select(func.max(OutboxRow.takes))) == 1
