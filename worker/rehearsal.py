"""Magic prompts: a rehearsal of what can go wrong, for whoever writes the code that has to cope with it.

A generation whose prompt is one of these fails in the way that it names, each time, by the same path as a real
failure of its kind: attempts, retries, events and webhooks are the service's own. Off unless `CHOREO_MAGIC_PROMPTS`.
"""

from collections.abc import Callable

from services.jobs.values import ClaimedJob
from services.motion.engine import EngineDied
from services.storage.port import StorageUnavailable
from shared.magic_prompts import CANCELED, ENGINE_CRASH, OUT_OF_MEMORY, STORAGE_FAILURE, TIMEOUT
from shared.schemas.generation import GenerationSpec
from shared.schemas.job import JobError
from worker.desk import Desk
from worker.stop import Stopped, Why


class EngineFailed(Exception):
    """The engine has said that the job cannot be done."""

    def __init__(self, error: JobError) -> None:
        super().__init__(error.message)
        self.error = error


def rehearse(job: ClaimedJob, desk: Desk) -> None:
    """Fail as the job's prompt says, if it is a magic one.

    Raises EngineFailed, EngineDied, StorageUnavailable, Stopped, Fenced and NotFound.
    """
    prompt = job.spec.prompt if isinstance(job.spec, GenerationSpec) else ""
    if prompt in _FAILURES:
        _FAILURES[prompt](job, desk)


def _run_out_of_memory(_job: ClaimedJob, _desk: Desk) -> None:
    message = "rehearsed: CUDA out of memory"
    raise EngineFailed(JobError(code="out_of_memory", message=message, retryable=True, fault="service"))


def _miss_the_deadline(_job: ClaimedJob, _desk: Desk) -> None:
    raise Stopped(Why.DEADLINE)


def _crash(_job: ClaimedJob, _desk: Desk) -> None:
    raise EngineDied(-9, ["rehearsed: the engine was killed"])


def _lose_storage(_job: ClaimedJob, _desk: Desk) -> None:
    raise StorageUnavailable("rehearsed: storage does not answer")


def _be_canceled(job: ClaimedJob, desk: Desk) -> None:
    desk.cancel(job)
    raise Stopped(Why.CANCELED)


_FAILURES: dict[str, Callable[[ClaimedJob, Desk], None]] = {
    OUT_OF_MEMORY: _run_out_of_memory,
    TIMEOUT: _miss_the_deadline,
    ENGINE_CRASH: _crash,
    STORAGE_FAILURE: _lose_storage,
    CANCELED: _be_canceled,
}
