"""The supervisor with a scripted engine: how each end of an attempt is recorded."""

import errno
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, update

from services.db.tables import JobRow
from services.motion.engine.client import EngineDied
from services.motion.engine.messages import EngineEvent, EngineRequest
from services.storage.port import ObjectMissing, StorageUnavailable
from tests.job_setup import TRAININGS
from tests.poison import poison
from tests.worker_setup import WorkerSetup, canceled, checkpoint, progress, result, until

Events = Iterator[EngineEvent | None]


@pytest.fixture
def worker(sqlite_url: str, tmp_path: Path) -> Iterator[WorkerSetup]:
    worker = WorkerSetup(sqlite_url, tmp_path, max_attempts=1)
    yield worker
    worker.jobs.db.close()


@pytest.mark.parametrize(
    ("raised", "code", "retryable"),
    [
        (OSError(errno.EIO, "input/output error"), "worker_failed", True),
        (OSError(errno.ENOSPC, "no space left on device"), "disk_full", True),
        (OSError(errno.EDQUOT, "disk quota exceeded"), "disk_full", True),
        (EngineDied(-9, ["killed"]), "engine_died", True),
        (StorageUnavailable("storage does not answer"), "storage_unavailable", True),
        (ObjectMissing("no such object"), "object_missing", False),
    ],
)
def test_an_exception_is_recorded_as_the_services_failure(
    worker: WorkerSetup, raised: Exception, code: str, retryable: bool
):
    def script(request: EngineRequest) -> Events:
        yield progress(request, 1)
        raise raised

    job, worker.engine.script = worker.jobs.train(), script
    worker.supervisor().work(TRAININGS)
    (attempt,) = worker.jobs.resource(job.id).attempts
    assert attempt.error is not None
    assert (attempt.outcome, attempt.error.code, attempt.error.fault) == ("failed", code, "service")
    assert attempt.error.retryable is retryable


def test_an_unexpected_exception_is_recorded_as_internal_and_the_supervisor_goes_on(worker: WorkerSetup):
    def script(request: EngineRequest) -> Events:
        yield progress(request, 1)
        if request.job_id == job.id:
            raise ValueError("a bug\0\udc80")
        yield result(request)

    job, worker.engine.script = worker.jobs.train(), script
    worker.jobs.later(1)
    other = worker.jobs.train()
    worker.supervisor().work(TRAININGS)
    shown = worker.jobs.resource(job.id)
    assert shown.error is not None
    assert (shown.state, shown.error.code) == ("failed", "internal")
    assert shown.error.message == "ValueError: a bug\ufffd\ufffd"
    assert worker.jobs.resource(other.id).state == "succeeded"


@pytest.mark.parametrize("poison", [{"spec": {}}, {"checkpoint": {"step": "x"}}, {"kind": "sculpture"}])
def test_a_job_that_cannot_be_read_fails_and_delays_no_other(worker: WorkerSetup, poison: dict[str, object]):
    job = worker.jobs.train()
    with worker.jobs.db.write() as session:
        session.execute(update(JobRow).where(JobRow.id == job.id).values(poison))
    worker.jobs.later(1)
    other, worker.engine.script = worker.jobs.train(), lambda request: [result(request)]
    worker.supervisor().work(TRAININGS)
    assert worker.jobs.resource(other.id).state == "succeeded"
    with worker.jobs.db.read() as session:
        row = session.get(JobRow, job.id)
    assert row is not None
    assert (row.state, (row.error or {}).get("code")) in {("failed", "internal"), ("queued", None)}


def test_a_job_whose_row_cannot_be_changed_delays_no_other(worker: WorkerSetup):
    job = worker.jobs.train()
    poison(worker.jobs.db, JobRow, job.id)
    worker.jobs.later(1)
    other, worker.engine.script = worker.jobs.train(), lambda request: [result(request)]
    worker.supervisor().work(TRAININGS)
    assert (worker.jobs.resource(job.id).state, worker.jobs.resource(other.id).state) == ("queued", "succeeded")


def test_a_fenced_attempt_records_nothing_and_the_supervisor_continues(worker: WorkerSetup):
    jobs = worker.jobs
    submitted: list[str] = []

    def script(request: EngineRequest) -> Events:
        if not submitted:
            worker.take_over()
            submitted.append(jobs.train().id)
        yield result(request)

    job, worker.engine.script = jobs.train(), script
    worker.supervisor().work(TRAININGS)
    shown = jobs.resource(job.id)
    assert (shown.state, shown.attempt, shown.error) == ("running", 2, None)
    assert jobs.resource(submitted[0]).state == "succeeded"


def test_the_deletion_of_a_running_job_is_no_failure_of_the_supervisor(worker: WorkerSetup):
    def script(request: EngineRequest) -> Events:
        with worker.jobs.db.write() as session:
            session.execute(delete(JobRow).where(JobRow.id == request.job_id))
        yield result(request)

    worker.jobs.train()
    worker.engine.script = script
    worker.supervisor().work(TRAININGS)
    assert list(worker.store.list("tenants/")) == []


def test_a_canceled_job_is_confirmed(worker: WorkerSetup):
    def script(request: EngineRequest) -> Events:
        worker.jobs.cancel(request.job_id)
        yield from until(lambda: worker.engine.commands)
        yield canceled(request)

    job, worker.engine.script = worker.jobs.train(), script
    worker.supervisor().work(TRAININGS)
    shown = worker.jobs.resource(job.id)
    assert (shown.state, shown.attempts[0].outcome) == ("canceled", "canceled")


def test_a_missed_deadline_fails_the_job_for_good(worker: WorkerSetup):
    def script(request: EngineRequest) -> Events:
        worker.jobs.later(11)
        yield from until(lambda: worker.engine.commands)
        yield canceled(request)

    finish_by = worker.jobs.clock.now() + timedelta(seconds=10)
    job, worker.engine.script = worker.jobs.train(deadlines={"finish_by": finish_by}), script
    worker.supervisor().work(TRAININGS)
    shown = worker.jobs.resource(job.id)
    assert shown.error is not None
    assert (shown.state, shown.error.code) == ("failed", "finish_by_missed")


def test_closing_releases_the_job_in_progress_with_a_checkpoint_and_stops_the_engine(worker: WorkerSetup):
    started = threading.Event()

    def script(request: EngineRequest) -> Events:
        started.set()
        yield from until(lambda: "checkpoint" in worker.engine.commands)
        yield checkpoint(request, 5)
        yield from until(lambda: "cancel" in worker.engine.commands)
        yield canceled(request)

    job, worker.engine.script = worker.jobs.train(), script
    worker.jobs.later(1)
    waiting = worker.jobs.train()
    supervisor = worker.supervisor()
    thread = threading.Thread(target=supervisor.work, args=[TRAININGS])
    thread.start()
    assert started.wait(10)
    supervisor.close()
    thread.join(10)
    shown = worker.jobs.resource(job.id)
    assert (shown.state, shown.checkpoint and shown.checkpoint.step) == ("queued", 5)
    assert shown.attempts[0].error is not None
    assert shown.attempts[0].error.code == "worker_stopped"
    assert worker.jobs.resource(waiting.id).attempts == []
    assert worker.engine.commands == ["checkpoint", "cancel", "stop within 10 s"]


def test_files_of_an_attempt_and_of_an_earlier_process_are_removed(worker: WorkerSetup, tmp_path: Path):
    left = tmp_path / "jobs" / "job_0-1" / "clips"
    left.mkdir(parents=True)
    worker.jobs.train()
    worker.engine.script = lambda request: [result(request)]
    worker.supervisor().work(TRAININGS)
    assert list((tmp_path / "jobs").iterdir()) == []
