"""Magic prompts: a rehearsal of what can go wrong, for whoever writes the code that has to cope with it.

A generation whose prompt is one of these fails in the way that it names, each time, by the same path as a real
failure of its kind: attempts, retries, events and webhooks are the service's own. Off unless
`CHOREO_FAULT_INJECTION`.
"""

from collections.abc import Callable

from services.jobs.state.types import ClaimedJob
from services.motion.engine.client import EngineDied
from services.storage.port import StorageUnavailable
from shared.fault_injection import CANCELED, ENGINE_CRASH, OUT_OF_MEMORY, STORAGE_FAILURE, TIMEOUT
from shared.schemas.generation import GenerationSpec
from shared.schemas.job import JobError
from worker.attempt.stopping import Stopped, StopReason
from worker.store.job_store import JobStore


class EngineFailed(Exception):
    """The engine has said that the job cannot be done."""

    def __init__(self, error: JobError) -> None:
        super().__init__(error.message)
        self.error = error


def inject_fault(job: ClaimedJob, job_store: JobStore) -> None:
    """Fail as the job's prompt says, if it is a magic one.

    Raises EngineFailed, EngineDied, StorageUnavailable, Stopped, Fenced and NotFound.
    """
    prompt = job.spec.prompt if isinstance(job.spec, GenerationSpec) else ""
    if prompt in _FAILURES:
        _FAILURES[prompt](job, job_store)


def _run_out_of_memory(_job: ClaimedJob, _job_store: JobStore) -> None:
    message = "rehearsed: CUDA out of memory"
    raise EngineFailed(JobError(code="out_of_memory", message=message, retryable=True, fault="service"))


def _miss_the_deadline(_job: ClaimedJob, _job_store: JobStore) -> None:
    raise Stopped(StopReason.DEADLINE)


def _crash(_job: ClaimedJob, _job_store: JobStore) -> None:
    raise EngineDied(-9, ["rehearsed: the engine was killed"])


def _lose_storage(_job: ClaimedJob, _job_store: JobStore) -> None:
    raise StorageUnavailable("rehearsed: storage does not answer")


def _be_canceled(job: ClaimedJob, job_store: JobStore) -> None:
    job_store.cancel(job)
    raise Stopped(StopReason.CANCELED)


_FAILURES: dict[str, Callable[[ClaimedJob, JobStore], None]] = {
    OUT_OF_MEMORY: _run_out_of_memory,
    TIMEOUT: _miss_the_deadline,
    ENGINE_CRASH: _crash,
    STORAGE_FAILURE: _lose_storage,
    CANCELED: _be_canceled,
}
