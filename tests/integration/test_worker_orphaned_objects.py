"""What attempts left in storage: found a while after a job's end, reported and removed, and nothing else."""

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

AFTER = 60.0


class Place:
    """A record, a store, and the sweep between them."""

    def __init__(self, url: str, folder: Path) -> None:
        self.record = JobSetup(open_database(url))
        settings = Settings(storage_url=f"directory:{folder}", work_dir=folder / "work", orphaned_objects_seconds=AFTER)
        self.runtime = Runtime(settings, self.record.db, self.record.clock)
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
        self.record.beat(job, checkpoint=Checkpoint(step=2, attempt=job.attempt, files=(file,)))
        return key


@pytest.fixture
def place(database_url: str, tmp_path: Path) -> Iterator[Place]:
    place = Place(database_url, tmp_path / "storage")
    yield place
    place.sweep.close()
    place.record.db.close()


def test_what_no_row_names_is_removed_and_told(place: Place, caplog: pytest.LogCaptureFixture):
    record = place.record
    job = record.train()
    first = record.claimed(TRAININGS)
    place.put(first, "adapter.safetensors", "checkpoints/000002/state.safetensors", "manifest.json")
    record.fail(first, CRASH)
    second = record.claimed(TRAININGS)
    kept = place.put(second, "adapter.safetensors")
    manifest = f"{second.job_prefix}manifest.json"  # where `JobSetup.finish` says it is
    place.store.put(manifest, b"{}")
    record.finish(second)

    with caplog.at_level(logging.WARNING):
        assert not place.sweep.collect()
        assert len(place.keys()) == 5  # an attempt that does not know yet that it is over may still be writing
        record.later(AFTER + 1)
        assert place.sweep.collect()
    assert place.keys() == sorted([*kept, manifest])
    assert f"collected 3 objects (15 bytes) that no row names, left by {job.id}" in caplog.text
    assert not place.sweep.collect()


def test_a_job_that_failed_keeps_the_checkpoint_that_the_record_names(place: Place):
    record = place.record
    record.train()
    job = record.claimed(TRAININGS)
    kept = place.checkpoint(job)
    place.put(job, "adapter.safetensors")
    record.fail(job, BAD_CLIP)
    record.later(AFTER + 1)
    place.sweep.collect()
    assert place.keys() == [kept]


def test_a_preview_is_kept_and_one_of_a_lost_attempt_is_not(place: Place):
    record = place.record
    id = record.train().id
    job = record.claimed(TRAININGS)
    with record.db.write() as session:
        preview_requests.request_preview(
            session, record.tenant, id, PreviewRequest(), record.catalogue, record.clock.now()
        )
    key = f"{job.previews_prefix}0001.mp4"
    file = StoredFile(name="0001.mp4", key=key, size_bytes=5, sha256="1" * 64, content_type="video/mp4")
    with record.db.write() as session:
        previews.finish(session, id, 1, 1, step=5, file=file, now=record.clock.now())
    for name in (key, f"{job.job_prefix}previews/attempt-2/0001.mp4"):
        place.store.put(name, b"12345")
    record.fail(job, BAD_CLIP)
    record.later(AFTER + 1)
    place.sweep.collect()
    assert place.keys() == [key]


def test_a_job_that_goes_on_keeps_everything(place: Place):
    record = place.record
    record.train()
    job = record.claimed(TRAININGS)
    kept = place.put(job, "adapter.safetensors")
    record.later(10 * AFTER)
    place.sweep.collect()
    assert place.keys() == kept
