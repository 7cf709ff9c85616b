"""An attempt with a scripted engine: what it stores and records, and what stops it."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from services.jobs.files.checkpoints import request_checkpoint
from services.jobs.scheduling import workers
from services.jobs.state import logs
from services.jobs.state.types import ClaimedJob
from services.jobs.submission.preview_requests import request_preview
from services.motion.engine.messages import EngineEvent, EngineRequest, FailedEvent, PreviewEvent
from services.storage.port import StorageUnavailable
from shared.schemas.preview import PreviewRequest
from tests.job_setup import BASE, GENERATIONS
from tests.videos import write_video
from tests.worker_setup import BASE_REVISION, WorkerSetup, canceled, checkpoint, progress, result, until
from worker.attempt.stopping import Stopped, StopReason

Events = Iterator[EngineEvent | None]


@pytest.fixture
def worker(sqlite_url: str, tmp_path: Path) -> Iterator[WorkerSetup]:
    worker = WorkerSetup(sqlite_url, tmp_path)
    yield worker
    worker.jobs.db.close()


@pytest.fixture
def slow_worker(sqlite_url: str, tmp_path: Path) -> Iterator[WorkerSetup]:
    """A worker whose heartbeats are an hour apart, so that it learns from other writes first."""
    worker = WorkerSetup(sqlite_url, tmp_path, heartbeat_seconds=3600, lease_seconds=7200)
    yield worker
    worker.jobs.db.close()


def _run(worker: WorkerSetup, job: ClaimedJob) -> StopReason | None:
    try:
        worker.attempt(job).run()
    except Stopped as stopped:
        return stopped.reason
    return None


def _request_preview(worker: WorkerSetup, job: ClaimedJob, prompt: str) -> None:
    jobs = worker.jobs
    with jobs.db.write() as session:
        request = PreviewRequest(prompt=prompt)
        request_preview(session, jobs.tenant, job.id, request, jobs.catalogue, jobs.clock.now())


def _log_lines(worker: WorkerSetup, job: ClaimedJob) -> list[str]:
    with worker.jobs.db.read() as session:
        return logs.last_lines(session, job.id, 100)


# ------------------------------------------------------------ results


def test_a_result_is_stored_with_a_manifest_and_recorded(worker: WorkerSetup):
    def script(request: EngineRequest) -> Events:
        assert [clip.path.read_bytes() for clip in request.clips] == [b"video"]
        yield progress(request, 1)
        yield result(request, "adapter.safetensors", "report.json")

    job, worker.engine.script = worker.training(), script
    assert _run(worker, job) is None
    shown = worker.job(job)
    assert (shown.state, shown.attempts[0].outcome) == ("succeeded", "succeeded")
    assert (shown.usage.gpu_seconds, shown.usage.peak_memory_bytes) == (2.5, 1000)
    names = ["adapter.safetensors", "report.json"]
    assert worker.keys(job) == [f"attempt-1/{name}" for name in sorted([*names, "manifest.json"])]
    manifest = json.loads(worker.store.read(f"{job.prefix}manifest.json"))
    assert (manifest["job_id"], manifest["attempt"], sorted(manifest["files"])) == (job.id, 1, names)
    assert _log_lines(worker, job) == ["attempt 1 started", "training: step 1 of 10", "stored 2 files"]


def test_a_second_manifest_is_refused_and_the_refusal_recorded(worker: WorkerSetup):
    """A copy of this attempt has stored its result and then lost the race to record it."""

    def script(request: EngineRequest) -> Events:
        worker.store.put(f"{job.prefix}manifest.json", b"{}")
        yield result(request)

    job, worker.engine.script = worker.training(), script
    assert _run(worker, job) is StopReason.FENCED
    assert worker.store.read(f"{job.prefix}manifest.json") == b"{}"
    shown = worker.job(job)
    assert [write.what for write in shown.attempts[0].refused_writes] == ["write the manifest a second time"]
    assert (shown.state, shown.attempts[0].outcome) == ("running", "running")


@pytest.mark.parametrize(
    ("fault", "retryable", "state"),
    [("service", True, "queued"), ("service", False, "failed"), ("user", True, "failed")],
)
def test_a_failure_that_the_engine_reports_is_recorded(worker: WorkerSetup, fault: str, retryable: bool, state: str):
    def script(request: EngineRequest) -> Events:
        fields = {"job_id": request.job_id, "code": "out_of_memory", "message": "no memory is left"}
        yield FailedEvent.model_validate(fields | {"fault": fault, "retryable": retryable})

    job, worker.engine.script = worker.training(), script
    assert _run(worker, job) is None
    shown = worker.job(job)
    assert shown.state == state
    assert shown.attempts[0].error is not None
    assert shown.attempts[0].error.code == "out_of_memory"
    assert _log_lines(worker, job)[-1] == "failed: out_of_memory: no memory is left"


def test_an_unexpected_exception_kills_the_engine(worker: WorkerSetup):
    def script(request: EngineRequest) -> Events:
        yield progress(request, 1)
        raise ValueError("not an event")

    job, worker.engine.script = worker.training(), script
    with pytest.raises(ValueError, match="not an event"):
        worker.attempt(job).run()
    assert worker.engine.commands == ["kill"]


# ------------------------------------------------------------ checkpoints and previews


def test_a_preview_that_cannot_be_stored_fails_alone(worker: WorkerSetup):
    def script(request: EngineRequest) -> Events:
        _request_preview(worker, job, "a red ring")
        yield from until(lambda: worker.engine.commands)
        broken = request.workdir / "preview.mp4"
        broken.write_bytes(b"\0 no video")
        yield PreviewEvent(job_id=request.job_id, number=1, step=3, base=BASE_REVISION, path=broken)
        yield result(request)

    job, worker.engine.script = worker.training(), script
    assert _run(worker, job) is None
    assert worker.job(job).state == "succeeded"
    [preview] = worker.job(job).previews
    assert "preview 1 was not stored" in _log_lines(worker, job)
    assert (preview.error or "").startswith("not stored: ")


def test_a_new_checkpoint_replaces_the_stored_one_and_the_result_the_last(worker: WorkerSetup):
    stored: list[list[str]] = []

    def script(request: EngineRequest) -> Events:
        for step in (2, 4):
            yield checkpoint(request, step)
            stored.append(worker.keys(job))
        yield result(request)

    job, worker.engine.script = worker.training(), script
    assert _run(worker, job) is None
    assert stored == [[f"attempt-1/checkpoints/00000{step}/state.safetensors"] for step in (2, 4)]
    assert worker.keys(job) == ["attempt-1/adapter.safetensors", "attempt-1/manifest.json"]
    assert "stored the checkpoint of step 4" in _log_lines(worker, job)


def test_the_next_attempt_gets_the_stored_checkpoint(worker: WorkerSetup):
    def first(request: EngineRequest) -> Events:
        yield checkpoint(request, 2)
        raise ConnectionResetError

    def second(request: EngineRequest) -> Events:
        assert request.resume_from is not None
        assert (request.resume_from / "state.safetensors").read_text() == "step 2"
        yield result(request)

    job, worker.engine.script = worker.training(), first
    with pytest.raises(ConnectionResetError):
        worker.attempt(job).run()
    other, worker.engine.script = worker.take_over(), second
    assert _run(worker, other) is None
    assert worker.job(job).attempts[1].resumed_from_step == 2
    assert worker.keys(job) == ["attempt-2/adapter.safetensors", "attempt-2/manifest.json"]
    assert "attempt 2 started, resuming from the checkpoint of step 2" in _log_lines(worker, job)


def test_a_checkpoint_that_cannot_be_stored_does_not_fail_the_job(worker: WorkerSetup, monkeypatch: pytest.MonkeyPatch):
    def refuse(*_: object, **__: object) -> None:
        raise StorageUnavailable("storage does not answer")

    def script(request: EngineRequest) -> Events:
        with monkeypatch.context() as patched:
            patched.setattr(worker.store, "put", refuse)
            yield checkpoint(request, 2)
        yield checkpoint(request, 4)
        assert worker.keys(job) == ["attempt-1/checkpoints/000004/state.safetensors"]
        yield result(request)

    job, worker.engine.script = worker.training(), script
    assert _run(worker, job) is None
    assert worker.job(job).state == "succeeded"


def test_a_requested_checkpoint_is_requested_of_the_engine_once(worker: WorkerSetup):
    def script(request: EngineRequest) -> Events:
        with worker.jobs.db.write() as session:
            request_checkpoint(session, worker.jobs.tenant, job.id)
        yield from until(lambda: worker.engine.commands)
        yield checkpoint(request, 3)
        yield progress(request, 4)
        yield result(request)

    job, worker.engine.script = worker.training(), script
    assert _run(worker, job) is None
    assert worker.engine.commands == ["checkpoint"]


def test_requested_previews_are_rendered_stored_and_recorded(worker: WorkerSetup):
    commands = worker.engine.commands

    def script(request: EngineRequest) -> Events:
        _request_preview(worker, job, "a red ring")
        yield from until(lambda: len(commands) == 1)
        video = write_video(request.workdir / "preview.mp4")
        yield PreviewEvent(job_id=job.id, number=1, step=3, base=BASE_REVISION, path=video)
        _request_preview(worker, job, "a blue ring")
        yield from until(lambda: len(commands) == 2)
        yield PreviewEvent(job_id=job.id, number=2, step=4, base=BASE_REVISION, error="no memory is left")
        yield result(request)

    job, worker.engine.script = worker.training(), script
    assert _run(worker, job) is None
    assert commands == ["preview 1: a red ring", "preview 2: a blue ring"]
    assert "previews/attempt-1/0001.mp4" in worker.keys(job)
    rendered, failed = worker.job(job).previews
    assert (rendered.step, rendered.error, failed.error) == (3, None, "no memory is left")
    lines = _log_lines(worker, job)
    assert "stored preview 1 of step 3" in lines
    assert "preview 2 could not be rendered: no memory is left" in lines


# ------------------------------------------------------------ stops


def test_a_cancellation_request_cancels_the_engine(worker: WorkerSetup):
    def script(request: EngineRequest) -> Events:
        worker.jobs.cancel(job.id)
        yield from until(lambda: worker.engine.commands)
        yield canceled(request)

    job, worker.engine.script = worker.training(), script
    assert _run(worker, job) is StopReason.CANCELED
    assert worker.engine.commands == ["cancel"]


def test_the_deadline_cancels_the_engine(worker: WorkerSetup):
    def script(request: EngineRequest) -> Events:
        worker.jobs.later(11)
        yield from until(lambda: worker.engine.commands)
        yield canceled(request)

    finish_by = worker.jobs.clock.now() + timedelta(seconds=10)
    job, worker.engine.script = worker.training(deadlines={"finish_by": finish_by}), script
    assert _run(worker, job) is StopReason.DEADLINE
    assert worker.engine.commands == ["cancel"]


def test_a_handover_stores_a_checkpoint_before_it_cancels_the_engine(worker: WorkerSetup):
    def script(request: EngineRequest) -> Events:
        worker.shutting_down.set()
        yield from until(lambda: worker.engine.commands)
        assert worker.engine.commands == ["checkpoint"]
        yield checkpoint(request, 5)
        yield from until(lambda: len(worker.engine.commands) == 2)
        yield canceled(request)

    job, worker.engine.script = worker.training(), script
    assert _run(worker, job) is StopReason.HANDOVER
    assert worker.engine.commands == ["checkpoint", "cancel"]
    assert worker.keys(job) == ["attempt-1/checkpoints/000005/state.safetensors"]


def test_the_handover_of_a_generation_cancels_the_engine_at_once(worker: WorkerSetup):
    def script(request: EngineRequest) -> Events:
        worker.shutting_down.set()
        yield from until(lambda: worker.engine.commands)
        yield canceled(request)

    worker.jobs.generate()
    job, worker.engine.script = worker.jobs.claimed(GENERATIONS), script
    assert _run(worker, job) is StopReason.HANDOVER
    assert worker.engine.commands == ["cancel"]


def test_a_stop_before_the_engine_has_started_starts_none(worker: WorkerSetup):
    worker.shutting_down.set()
    assert _run(worker, worker.training()) is StopReason.HANDOVER
    assert (worker.engine.requests, worker.engine.alive) == ([], False)


def test_an_engine_that_does_not_stop_is_ended_after_its_grace_period(sqlite_url: str, tmp_path: Path):
    worker = WorkerSetup(sqlite_url, tmp_path, cancel_grace_seconds=0.05)

    def script(request: EngineRequest) -> Events:
        worker.shutting_down.set()
        yield progress(request, 1)
        yield from until(lambda: False)

    job, worker.engine.script = worker.training(), script
    assert _run(worker, job) is StopReason.HANDOVER
    assert worker.engine.commands == ["checkpoint", "stop within 0.05 s"]
    worker.jobs.db.close()


# ------------------------------------------------------------ fencing


@pytest.mark.parametrize("ends_with", [canceled, result])
def test_a_fenced_attempt_writes_nothing(worker: WorkerSetup, ends_with: Callable[[EngineRequest], EngineEvent]):
    """Another worker owns the job; the engine learns late, and still saves a checkpoint, a preview and its result."""

    def script(request: EngineRequest) -> Events:
        yield progress(request, 1)
        worker.take_over()
        yield from until(lambda: worker.engine.commands == ["cancel"])
        yield checkpoint(request, 2)
        video = write_video(request.workdir / "preview.mp4")
        yield PreviewEvent(job_id=job.id, number=1, step=2, base=BASE_REVISION, path=video)
        yield progress(request, 3)
        yield ends_with(request)

    job, worker.engine.script = worker.training(), script
    assert _run(worker, job) is StopReason.FENCED
    shown = worker.job(job)
    assert worker.keys(job) == []
    assert (shown.state, shown.attempt, shown.attempts[0].outcome) == ("running", 2, "lost")
    assert [write.what for write in shown.attempts[0].refused_writes] == ["beat"]


def test_a_result_of_an_attempt_that_lost_its_lease_unnoticed_is_not_stored(slow_worker: WorkerSetup):
    worker = slow_worker

    def script(request: EngineRequest) -> Events:
        worker.take_over()
        yield result(request)

    job, worker.engine.script = worker.training(), script
    assert _run(worker, job) is StopReason.FENCED
    assert worker.keys(job) == []


def test_a_refused_checkpoint_fences_the_attempt(slow_worker: WorkerSetup):
    worker = slow_worker

    def script(request: EngineRequest) -> Events:
        worker.take_over()
        yield checkpoint(request, 2)
        yield from until(lambda: worker.engine.commands)
        yield canceled(request)

    job, worker.engine.script = worker.training(), script
    assert _run(worker, job) is StopReason.FENCED
    assert worker.engine.commands == ["cancel"]
    refused = worker.job(job).attempts[0].refused_writes
    assert [write.what for write in refused] == ["keep a checkpoint"]


def test_a_used_base_model_is_cached_and_one_after_a_failure_of_the_service_is_not(worker: WorkerSetup):
    def readiness() -> str:
        worker.registration.check_in()
        with worker.jobs.db.read() as session:
            return workers.readiness(session, [BASE], worker.jobs.clock.now())[BASE]

    def fail(request: EngineRequest) -> Events:
        fields = {"code": "out_of_memory", "message": "no memory is left", "fault": "service", "retryable": False}
        yield FailedEvent.model_validate({"job_id": request.job_id} | fields)

    job, worker.engine.script = worker.training(), lambda request: [result(request)]
    _run(worker, job)
    assert readiness() == "warm"
    job, worker.engine.script = worker.training(), fail
    _run(worker, job)
    assert readiness() == "cold"
