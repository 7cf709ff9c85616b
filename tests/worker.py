"""A simulated worker that ends queued jobs, so that no event stream stays open."""

from collections.abc import Generator
from contextlib import contextmanager
from threading import Event, Thread

from services.jobs.lifecycle import attempts
from services.jobs.scheduling.queues import all_queues
from services.jobs.state.types import ClaimedJob
from shared.schemas.job import JobError, JobKind
from tests.service import Service

FILES: dict[JobKind, dict[str, bytes]] = {
    "training": {"adapter.safetensors": b"weights", "report.json": b"{}"},
    "generation": {"video.mp4": b"moving"},
    "evaluation": {"report.json": b"{}"},
}
BROKEN = JobError(code="engine_lost", message="the engine ended", retryable=False, fault="service")
PAUSE_SECONDS = 0.05


@contextmanager
def working(service: Service) -> Generator[None]:
    """Ends queued jobs until the block does: every third one fails."""
    ended = Event()
    thread = Thread(target=_work, args=(service, ended), name="tests-worker")
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _work(service: Service, ended: Event) -> None:
    num_done = 0
    while not ended.wait(PAUSE_SECONDS):
        for queue in all_queues(["choreo-world"]):
            while (job := _claim(service, queue)) and not ended.is_set():
                num_done += 1
                _end(service, job, fails=num_done % 3 == 0)


def _claim(service: Service, queue: str) -> ClaimedJob | None:
    with service.database.write() as session:
        return attempts.claim(session, queue, "w1", now=service.clock.now(), lease_seconds=60)


def _end(service: Service, job: ClaimedJob, *, fails: bool) -> None:
    service.beat(job, 5)
    if fails:
        service.fail(job, BROKEN)
    else:
        service.finish(job, FILES[job.kind])
