"""Fault injection: prompts that make a generation fail on purpose, to test the code that handles failures.

A generation with one of the prompts of `shared.fault_injection` fails in every attempt, on the same path as a real
failure of that kind: its attempts, retries, events and webhooks are real. Off unless `CHOREO_FAULT_INJECTION` is set.
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
    """The engine reported that the job failed."""

    def __init__(self, error: JobError) -> None:
        super().__init__(error.message)
        self.error = error


def inject_fault(job: ClaimedJob, job_store: JobStore) -> None:
    """Fail as the job's prompt requests, if it is one of the fault injection prompts.

    Raises EngineFailed, EngineDied, StorageUnavailable, Stopped, Fenced and NotFound.
    """
    prompt = job.spec.prompt if isinstance(job.spec, GenerationSpec) else ""
    if prompt in _FAULTS:
        _FAULTS[prompt](job, job_store)


def _out_of_memory(_job: ClaimedJob, _job_store: JobStore) -> None:
    message = "injected fault: CUDA out of memory"
    raise EngineFailed(JobError(code="out_of_memory", message=message, retryable=True, fault="service"))


def _timeout(_job: ClaimedJob, _job_store: JobStore) -> None:
    raise Stopped(StopReason.DEADLINE)


def _engine_crash(_job: ClaimedJob, _job_store: JobStore) -> None:
    raise EngineDied(-9, ["injected fault: the engine was killed"])


def _storage_failure(_job: ClaimedJob, _job_store: JobStore) -> None:
    raise StorageUnavailable("injected fault: storage does not answer")


def _canceled(job: ClaimedJob, job_store: JobStore) -> None:
    job_store.cancel(job)
    raise Stopped(StopReason.CANCELED)


_FAULTS: dict[str, Callable[[ClaimedJob, JobStore], None]] = {
    OUT_OF_MEMORY: _out_of_memory,
    TIMEOUT: _timeout,
    ENGINE_CRASH: _engine_crash,
    STORAGE_FAILURE: _storage_failure,
    CANCELED: _canceled,
}
