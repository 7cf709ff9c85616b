"""The supervisor: claims jobs, owns the warm engine, and tells the record how each attempt ended."""

import errno
import logging
import shutil
import threading
from pathlib import Path

from services.jobs.state.types import ClaimedJob
from services.motion.engine.client import EngineDied
from services.storage.port import StorageError
from shared.errors import Fenced, NotFound
from shared.schemas.job import JobError
from worker.attempt.attempt import Attempt
from worker.attempt.context import WorkerContext
from worker.attempt.fault_injection import EngineFailed
from worker.attempt.stopping import Stopped, StopReason

log = logging.getLogger(__name__)

STOP_SECONDS = 10.0
FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


class Supervisor:
    """Works queues with one engine, one job at a time; the engine stays warm between jobs."""

    def __init__(self, context: WorkerContext, folder: Path) -> None:
        """`folder` is for the files of the attempt in progress; what an earlier process left there is removed."""
        self._context, self._folder = context, folder
        self._warm: tuple[str, ...] = ()
        self._idle = threading.Event()
        self._idle.set()
        shutil.rmtree(folder, ignore_errors=True)

    def prepare(self) -> None:
        """Have the engine load its libraries now, so that the first job, perhaps one to take over, does not wait."""
        self._context.engine.start()

    def work(self, queue: str) -> None:
        """Claim and run jobs of `queue` until none is left, or until this worker leaves."""
        self._idle.clear()
        try:
            while not self._context.leaving.is_raised and (job := self._context.job_store.claim(queue, self._warm)):
                self._context.registration.claimed()
                self._run(job)
        finally:
            self._idle.set()

    def close(self) -> None:
        """Leave: the job in progress saves its place and is given back, the engine ends."""
        self._context.leaving.raise_()
        grace = self._context.settings.cancel_grace_seconds
        if not self._idle.wait(2 * grace + STOP_SECONDS):
            log.warning("the job in progress did not end in time; its lease will")
        self._context.engine.stop(grace)

    def _run(self, job: ClaimedJob) -> None:
        log.info("%s: attempt %d begins", job.id, job.attempt)
        folder = self._folder / f"{job.id}-{job.attempt}"
        try:
            self._carry_out(Attempt(job, self._context, folder))
        except (Fenced, NotFound) as error:
            log.warning("%s: attempt %d is over: %s", job.id, job.attempt, error)
        finally:
            if not self._context.engine.alive:
                self._context.registration.cooled()
            shutil.rmtree(folder, ignore_errors=True)

    def _carry_out(self, attempt: Attempt) -> None:
        """Run an attempt and tell the record how it ended. Raises `Fenced` and `NotFound`."""
        job, job_store = attempt.job, self._context.job_store
        try:
            attempt.run()
            self._warm = (job.adapter_key,)
            log.info("%s: attempt %d is done", job.id, job.attempt)
        except Stopped as stopped:
            log.info("%s: attempt %d stopped: %s", job.id, job.attempt, stopped.why)
            self._tell(attempt, stopped.why)
        except EngineFailed as failure:
            job_store.fail(job, failure.error, attempt.usage)
        except EngineDied as death:
            log.error("%s: attempt %d: %s", job.id, job.attempt, death)  # noqa: TRY400 - the engine's own log has its traceback
            job_store.fail(job, _service_error("engine_died", str(death)), attempt.usage)
        except StorageError as error:
            log.exception("%s: attempt %d", job.id, job.attempt)
            job_store.fail(job, _service_error(error.code, str(error), retryable=error.retryable), attempt.usage)
        except (Fenced, NotFound):
            raise
        except OSError as error:
            log.exception("%s: attempt %d", job.id, job.attempt)
            code = "disk_full" if error.errno in FULL else "worker_failed"
            job_store.fail(job, _service_error(code, str(error)), attempt.usage)
        except Exception as error:
            job_store.fail(job, _service_error("internal", f"{type(error).__name__}: {error}"), attempt.usage)
            raise

    def _tell(self, attempt: Attempt, why: StopReason) -> None:
        job, job_store = attempt.job, self._context.job_store
        if why is StopReason.CANCELED:
            job_store.confirm_canceled(job, attempt.usage)
        elif why is StopReason.DEADLINE:
            job_store.fail_for_good(job, DEADLINE, attempt.usage)
        elif why is StopReason.LEAVING:
            job_store.release(job, attempt.usage)


def _service_error(code: str, message: str, *, retryable: bool = True) -> JobError:
    return JobError(code=code, message=message, retryable=retryable, fault="service")


DEADLINE = _service_error("finish_by_missed", "the job's deadline finish_by passed")
