"""The supervisor: claims jobs, owns the engine process, and records in the database how each attempt ended."""

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
from shared.text import clean
from worker.attempt.attempt import Attempt
from worker.attempt.context import WorkerContext
from worker.attempt.fault_injection import EngineFailed
from worker.attempt.stopping import Stopped, StopReason

log = logging.getLogger(__name__)

STOP_SECONDS = 10.0
"""Time in seconds that a closing supervisor allows for storing a checkpoint, beyond the engine's grace periods."""
MAX_MESSAGE_LENGTH = 20_000
"""Characters of an error message; it may end with the last lines of the engine's log."""
DISK_FULL_ERRNOS = frozenset({errno.ENOSPC, errno.EDQUOT})


class Supervisor:
    """Works queues with one engine process, one job at a time; the engine keeps its models between jobs."""

    def __init__(self, context: WorkerContext, folder: Path) -> None:
        """`folder` is for the files of the attempt in progress; files that an earlier process left are removed."""
        self._context, self._folder = context, folder
        self._cached_adapters: tuple[str, ...] = ()
        self._idle = threading.Event()
        self._idle.set()
        shutil.rmtree(folder, ignore_errors=True)

    def start_engine(self) -> None:
        """Start the engine now, so that the first job does not wait until its libraries are loaded."""
        self._context.engine.start()

    def work(self, queue: str) -> None:
        """Claim and run jobs of `queue` until none is left or the worker shuts down."""
        self._idle.clear()
        try:
            while not self._context.shutting_down.is_set():
                job = self._context.job_store.claim(queue, self._cached_adapters)
                if job is None:
                    break
                self._context.registration.on_claim()
                self._run(job)
        finally:
            self._idle.set()

    def close(self) -> None:
        """Shut down: the job in progress saves a checkpoint and is released, then the engine is stopped."""
        self._context.shutting_down.set()
        grace = self._context.settings.cancel_grace_seconds
        timeout = 2 * grace + STOP_SECONDS
        if not self._idle.wait(timeout):
            log.warning("drain timeout of %g s reached with a job in progress; its lease will expire", timeout)
        self._context.engine.stop(grace)

    def _run(self, job: ClaimedJob) -> None:
        log.info("%s: attempt %d started", job.id, job.attempt)
        folder = self._folder / f"{job.id}-{job.attempt}"
        try:
            self._run_attempt(Attempt(job, self._context, folder))
        except (Fenced, NotFound) as error:
            log.warning("%s: attempt %d is fenced: %s", job.id, job.attempt, error)
        except Exception:
            log.exception("%s: the end of attempt %d is not recorded; its lease will expire", job.id, job.attempt)
        finally:
            if not self._context.engine.alive:
                self._context.registration.on_cache_cleared()
            shutil.rmtree(folder, ignore_errors=True)

    def _run_attempt(self, attempt: Attempt) -> None:
        """Run an attempt and record how it ended. Raises `Fenced` and `NotFound`."""
        try:
            attempt.run()
            self._cached_adapters = (attempt.job.adapter_key,)
        except Stopped as stopped:
            self._record_stop(attempt, stopped.reason)
        except EngineFailed as failure:
            self._record_failure(attempt, failure.error)
        except EngineDied as error:
            self._record_failure(attempt, _service_error("engine_died", str(error)))
        except StorageError as error:
            failure = _service_error(error.code, str(error), retryable=error.retryable)
            self._record_failure(attempt, failure, traceback=True)
        except (Fenced, NotFound):
            raise
        except OSError as error:
            code = "disk_full" if error.errno in DISK_FULL_ERRNOS else "worker_failed"
            self._record_failure(attempt, _service_error(code, str(error)), traceback=True)
        except Exception as error:
            log.exception("%s: attempt %d failed unexpectedly", attempt.job.id, attempt.job.attempt)
            self._record_failure(attempt, _service_error("internal", f"{type(error).__name__}: {error}"))

    def _record_failure(self, attempt: Attempt, error: JobError, *, traceback: bool = False) -> None:
        job, message = attempt.job, clean(error.message, MAX_MESSAGE_LENGTH)
        error = error.model_copy(update={"message": message})
        log.error("%s: attempt %d failed: %s: %s", job.id, job.attempt, error.code, message, exc_info=traceback)
        self._context.job_store.fail(job, error, attempt.usage)

    def _record_stop(self, attempt: Attempt, reason: StopReason) -> None:
        job, job_store = attempt.job, self._context.job_store
        log.info("%s: attempt %d stopped: %s", job.id, job.attempt, reason)
        if reason is StopReason.CANCELED:
            job_store.confirm_canceled(job, attempt.usage)
        elif reason is StopReason.DEADLINE:
            job_store.fail_permanently(job, FINISH_BY_MISSED, attempt.usage)
        elif reason is StopReason.HANDOVER:
            job_store.release(job, attempt.usage)


def _service_error(code: str, message: str, *, retryable: bool = True) -> JobError:
    return JobError(code=code, message=message, retryable=retryable, fault="service")


FINISH_BY_MISSED = _service_error("finish_by_missed", "the job's deadline finish_by passed")
