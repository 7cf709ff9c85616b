"""Orphaned objects: stored files of ended jobs that no database row names are deleted after a delay, and no others."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.db.sessions import open_database
from services.jobs.files import previews
from services.jobs.state.types import Checkpoint, ClaimedJob
from services.jobs.submission import preview_requests
from services.storage.directory import DirectoryStore
from shared.schemas.common import StoredFile
from shared.schemas.preview import PreviewRequest
from shared.settings import Settings
from tests.job_setup import BAD_CLIP, CRASH, TRAININGS, JobSetup
from worker.processes.runtime import Runtime
from worker.sweep import Sweep

DELAY_SECONDS = 60.0


class StorageSetup:
    """A database, an object store, and a sweep."""

    def __init__(self, url: str, folder: Path) -> None:
        self.jobs = JobSetup(open_database(url))
        settings = Settings(
            storage_url=f"directory:{folder}", work_dir=folder / "work", orphaned_objects_seconds=DELAY_SECONDS
        )
        self.runtime = Runtime(settings, self.jobs.db, self.jobs.clock)
        self.sweep = Sweep(self.runtime)

    @property
    def store(self) -> DirectoryStore:
        assert isinstance(self.runtime.store, DirectoryStore)
        return self.runtime.store

    def put(self, job: ClaimedJob, *names: str) -> list[str]:
        keys = [job.prefix + name for name in names]
        for key in keys:
            self.store.put(key, b"12345")
        return keys

    def keys(self) -> list[str]:
        return sorted(info.key for info in self.store.list("tenants"))

    def checkpoint(self, job: ClaimedJob) -> str:
        (key,) = self.put(job, "checkpoints/000002/state.safetensors")
        file = StoredFile(name="state.safetensors", key=key, size_bytes=5, sha256="1" * 64, content_type="x/y")
        self.jobs.beat(job, checkpoint=Checkpoint(step=2, attempt=job.attempt, files=(file,)))
        return key


@pytest.fixture
def setup(database_url: str, tmp_path: Path) -> Iterator[StorageSetup]:
    setup = StorageSetup(database_url, tmp_path / "storage")
    yield setup
    setup.sweep.close()
    setup.jobs.db.close()


def test_objects_that_no_row_names_are_deleted_and_logged(setup: StorageSetup, caplog: pytest.LogCaptureFixture):
    jobs = setup.jobs
    job = jobs.train()
    first = jobs.claimed(TRAININGS)
    setup.put(first, "adapter.safetensors", "checkpoints/000002/state.safetensors", "manifest.json")
    jobs.fail(first, CRASH)
    second = jobs.claimed(TRAININGS)
    kept = setup.put(second, "adapter.safetensors")
    manifest = f"{second.job_prefix}manifest.json"  # the manifest_key of `JobSetup.finish`
    setup.store.put(manifest, b"{}")
    jobs.finish(second)

    with caplog.at_level(logging.WARNING):
        assert not setup.sweep.delete_orphaned_objects()
        assert len(setup.keys()) == 5  # an attempt that has not noticed that it is fenced may still be writing
        jobs.later(DELAY_SECONDS + 1)
        assert setup.sweep.delete_orphaned_objects()
    assert setup.keys() == sorted([*kept, manifest])
    assert f"{job.id}: deleted 3 orphaned objects (15 bytes)" in caplog.text
    assert not setup.sweep.delete_orphaned_objects()


def test_a_failed_job_keeps_its_checkpoint(setup: StorageSetup):
    jobs = setup.jobs
    jobs.train()
    job = jobs.claimed(TRAININGS)
    kept = setup.checkpoint(job)
    setup.put(job, "adapter.safetensors")
    jobs.fail(job, BAD_CLIP)
    jobs.later(DELAY_SECONDS + 1)
    setup.sweep.delete_orphaned_objects()
    assert setup.keys() == [kept]


def test_a_preview_is_kept_and_one_of_a_lost_attempt_is_not(setup: StorageSetup):
    jobs = setup.jobs
    id = jobs.train().id
    job = jobs.claimed(TRAININGS)
    with jobs.db.write() as session:
        preview_requests.request_preview(session, jobs.tenant, id, PreviewRequest(), jobs.catalogue, jobs.clock.now())
    key = f"{job.previews_prefix}0001.mp4"
    file = StoredFile(name="0001.mp4", key=key, size_bytes=5, sha256="1" * 64, content_type="video/mp4")
    with jobs.db.write() as session:
        previews.finish(session, id, 1, 1, step=5, file=file, now=jobs.clock.now())
    for name in (key, f"{job.job_prefix}previews/attempt-2/0001.mp4"):
        setup.store.put(name, b"12345")
    jobs.fail(job, BAD_CLIP)
    jobs.later(DELAY_SECONDS + 1)
    setup.sweep.delete_orphaned_objects()
    assert setup.keys() == [key]


def test_a_running_job_keeps_all_objects(setup: StorageSetup):
    jobs = setup.jobs
    jobs.train()
    job = jobs.claimed(TRAININGS)
    kept = setup.put(job, "adapter.safetensors")
    jobs.later(10 * DELAY_SECONDS)
    setup.sweep.delete_orphaned_objects()
    assert setup.keys() == kept
