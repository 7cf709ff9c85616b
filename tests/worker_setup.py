"""A worker for tests: a real database and object store, and an engine that yields events from a script."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from services.db.sessions import open_database
from services.jobs.state.types import ClaimedJob
from services.motion.engine.client import Engine
from services.motion.engine.messages import (
    CanceledEvent,
    CheckpointEvent,
    EngineEvent,
    EngineRequest,
    JobStats,
    ProgressEvent,
    ResultEvent,
)
from services.storage.factory import open_store
from shared.schemas.concept import BaseModelRevision
from shared.schemas.job import Job
from shared.schemas.preview import PreviewSpec
from shared.settings import Settings
from tests.job_setup import BASE, LEASE, TRAININGS, JobSetup
from worker.attempt.attempt import Attempt
from worker.attempt.context import WorkerContext
from worker.processes.supervisor import Supervisor
from worker.shared_event import SharedEvent
from worker.store.job_store import JobStore
from worker.store.registration import WorkerRegistration

WORKER = "worker-1"
BASE_REVISION = BaseModelRevision(id=BASE, revision="r1", content_hash="h1")

Script = Callable[[EngineRequest], Iterable[EngineEvent | None]]
"""What the engine does with a request: its events, None where it has none for a while; it may raise too."""


class ScriptedEngine(Engine):
    """An engine without a process. It records the commands that it receives."""

    def __init__(self, folder: Path) -> None:
        super().__init__(log_path=folder / "engine.log")
        self.script: Script | None = None
        self.requests: list[EngineRequest] = []
        self.commands: list[str] = []
        self._alive = False
        self._events: Iterator[EngineEvent | None] = iter(())

    @property
    def alive(self) -> bool:
        return self._alive

    def start(self) -> None:
        self._alive = True

    def submit(self, request: EngineRequest) -> None:
        assert self.script is not None, "the test has no script for the engine"
        self.start()
        request.workdir.mkdir(parents=True)
        self.requests.append(request)
        self._events = iter(self.script(request))

    def next_event(self, timeout: float) -> EngineEvent | None:
        for event in self._events:
            if event is None:
                threading.Event().wait(min(timeout, 0.01))
            return event
        raise AssertionError("the engine's script has ended before the attempt")

    def cancel(self) -> None:
        self.commands.append("cancel")

    def request_checkpoint(self) -> None:
        self.commands.append("checkpoint")

    def request_preview(self, number: int, spec: PreviewSpec) -> None:
        self.commands.append(f"preview {number}: {spec.prompt}")

    def stop(self, grace: float) -> None:
        self.commands.append(f"stop within {grace:g} s")
        self._alive = False

    def kill(self) -> None:
        self.commands.append("kill")
        self._alive = False


def until(condition: Callable[[], object], timeout: float = 10.0) -> Iterator[None]:
    """Part of a script: no event until `condition` holds."""
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, "the condition did not hold in time"
        yield None


def progress(request: EngineRequest, step: int, num_steps: int = 10) -> ProgressEvent:
    fields = {"phase": "training", "step": step, "total_steps": num_steps, "fraction": step / num_steps}
    return ProgressEvent.model_validate({"job_id": request.job_id, "memory_bytes": 1000} | fields)


def checkpoint(request: EngineRequest, step: int) -> CheckpointEvent:
    folder = request.workdir / f"checkpoint-{step}"
    folder.mkdir()
    (folder / "state.safetensors").write_text(f"step {step}")
    return CheckpointEvent(job_id=request.job_id, step=step, path=folder)


def canceled(request: EngineRequest) -> CanceledEvent:
    return CanceledEvent(job_id=request.job_id, step=5)


def result(request: EngineRequest, *names: str) -> ResultEvent:
    """A result with these files, by default an adapter."""
    files = {name: request.workdir / name for name in names or ("adapter.safetensors",)}
    for file in files.values():
        file.write_text("content")
    stats = JobStats(
        base_loads=1,
        adapter_loads=0,
        engine_pid=1,
        device="cpu",
        base_dtype="float32",
        compute_dtype="float32",
        resumed_from_step=None,
        peak_memory_bytes=1000,
        compute_seconds=2.5,
    )
    return ResultEvent(job_id=request.job_id, files=files, base=BASE_REVISION, report={"metrics": {}}, stats=stats)


class WorkerSetup:
    """A worker's context over a database and a directory store."""

    def __init__(self, database_url: str, folder: Path, **changes: Any) -> None:
        self.jobs = JobSetup(open_database(database_url))
        fields: dict[str, Any] = {
            "storage_url": f"directory:{folder / 'storage'}",
            "work_dir": folder / "work",
            "base_models": {BASE: folder / "base"},
            "lease_seconds": LEASE,
            "heartbeat_seconds": 0.02,
        }
        self.settings = Settings.model_validate(fields | changes)
        self.store = open_store(self.settings, clock=self.jobs.clock)
        self.store.put(f"{self.jobs.clip}/video.mp4", b"video")
        self.engine = ScriptedEngine(folder)
        self.shutting_down = SharedEvent()
        self.registration = WorkerRegistration(self.jobs.db, self.jobs.clock, worker=WORKER, queues=[TRAININGS])
        self._folder = folder / "jobs"
        job_store = JobStore(
            self.jobs.db,
            self.jobs.clock,
            worker=WORKER,
            lease_seconds=LEASE,
            max_attempts=self.settings.max_attempts,
            backoff=self.jobs.backoff,
        )
        self.context = WorkerContext(
            settings=self.settings,
            clock=self.jobs.clock,
            job_store=job_store,
            store=self.store,
            engine=self.engine,
            registration=self.registration,
            shutting_down=self.shutting_down,
        )

    def training(self, **fields: Any) -> ClaimedJob:
        """A new training, claimed by this worker."""
        self.jobs.train(**fields)
        return self.jobs.claimed(TRAININGS)

    def attempt(self, job: ClaimedJob) -> Attempt:
        return Attempt(job, self.context, self._folder / f"{job.id}-{job.attempt}")

    def supervisor(self) -> Supervisor:
        return Supervisor(self.context, self._folder)

    def take_over(self, queue: str = TRAININGS) -> ClaimedJob:
        """Let the lease of the queue's only job expire and another worker claim it."""
        self.jobs.later(LEASE + 1)
        self.jobs.reap()
        other = self.jobs.claim(queue, worker="worker-2")
        assert other is not None
        return other

    def job(self, job: ClaimedJob) -> Job:
        """The job as the API shows it."""
        return self.jobs.resource(job.id)

    def keys(self, job: ClaimedJob) -> list[str]:
        """The keys of the job's stored objects, below the job's own prefix."""
        return sorted(info.key.removeprefix(job.job_prefix) for info in self.store.list(job.job_prefix))
