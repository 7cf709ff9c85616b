"""The job store: the operations of one worker on jobs in the database, each in one transaction."""

import logging
import threading
import time
from collections.abc import Callable, Collection, Sequence
from typing import TypeVar

from sqlalchemy.exc import DBAPIError

from services.db.isolation import Quarantine
from services.db.sessions import Database, WriteSession, is_disconnect
from services.jobs.files import previews
from services.jobs.lifecycle import attempts, cancellation
from services.jobs.scheduling.backoff import BACKOFF, Backoff
from services.jobs.state import logs
from services.jobs.state.logs import LogEntry, MetricSample
from services.jobs.state.types import Checkpoint, ClaimedJob, HeartbeatReply, Outcome
from shared.clock import Clock
from shared.schemas.common import StoredFile
from shared.schemas.job import JobError, Progress, Usage

log = logging.getLogger(__name__)
T = TypeVar("T")

RETRY_SECONDS = 1.0


class JobStore:
    """One worker's operations on jobs.

    All methods but `claim` raise `Fenced` when another attempt owns the job, and `NotFound` when it was deleted.
    Writes that must not be lost (checkpoints, previews, and how an attempt ended) are tried again while the database
    is unreachable, for the duration of a lease.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        worker: str,
        lease_seconds: float,
        max_attempts: int,
        backoff: Backoff = BACKOFF,
    ) -> None:
        """`worker` is the name under which attempts are recorded."""
        self._database, self._clock = database, clock
        self._worker, self._lease_seconds = worker, lease_seconds
        self._max_attempts, self._backoff = max_attempts, backoff
        self._unclaimable = Quarantine("the claim of")

    def claim(self, queue: str, cached_adapters: Collection[str]) -> ClaimedJob | None:
        """Claim the queue's next job in fair order, or return None when there is none for this worker."""
        with self._database.write() as session:
            return attempts.claim(
                session,
                queue,
                self._worker,
                now=self._clock.now(),
                lease_seconds=self._lease_seconds,
                cached=cached_adapters,
                max_attempts=self._max_attempts,
                backoff=self._backoff,
                quarantine=self._unclaimable,
            )

    def heartbeat(
        self, job: ClaimedJob, *, progress: Progress | None = None, usage: Usage | None = None
    ) -> HeartbeatReply:
        """Extend the lease, record progress and usage, and return the requests for the job."""
        with self._database.write() as session:
            return attempts.beat(
                session,
                job.id,
                job.attempt,
                now=self._clock.now(),
                lease_seconds=self._lease_seconds,
                progress=progress,
                resumed_from_step=job.checkpoint.step if job.checkpoint else None,
                usage=usage,
            )

    def has_new_requests(self, job: ClaimedJob, num_requests: int) -> bool:
        """Whether the job was canceled or fenced, or more than `num_requests` checkpoints and previews requested.

        Cheaper than a heartbeat, since it only reads.
        """
        with self._database.read() as session:
            return attempts.num_requests(session, job.id, job.attempt) != num_requests

    def save_checkpoint(self, job: ClaimedJob, checkpoint: Checkpoint) -> None:
        """Record a stored checkpoint, from which the next attempt resumes; also extends the lease."""
        now, lease = self._clock.now, self._lease_seconds
        self._retry(
            lambda session: attempts.beat(
                session, job.id, job.attempt, now=now(), lease_seconds=lease, checkpoint=checkpoint
            )
        )

    def write_log(self, job: ClaimedJob, lines: Sequence[LogEntry], points: Sequence[MetricSample]) -> None:
        """Append log lines and metric points. Not tried again."""
        with self._database.write() as session:
            logs.write(session, job.id, job.attempt, lines, points)

    def finish(self, job: ClaimedJob, outcome: Outcome) -> None:
        """Record that the job succeeded."""
        self._retry(lambda session: attempts.finish(session, job.id, job.attempt, outcome, now=self._clock.now()))

    def fail(self, job: ClaimedJob, error: JobError, usage: Usage | None = None) -> None:
        """Record that the attempt failed. A retryable error of the service requeues the job while attempts are left."""
        self._fail(job, error, usage, self._max_attempts)

    def fail_permanently(self, job: ClaimedJob, error: JobError, usage: Usage | None = None) -> None:
        """Record that the job failed, without further attempts."""
        self._fail(job, error, usage, max_attempts=0)

    def release(self, job: ClaimedJob, usage: Usage | None = None) -> None:
        """Requeue the job for another worker; does not count as one of its attempts."""
        self._retry(lambda session: attempts.release(session, job.id, job.attempt, now=self._clock.now(), usage=usage))

    def cancel(self, job: ClaimedJob) -> None:
        """Request cancellation of the job as its tenant would."""
        with self._database.write() as session:
            cancellation.cancel(session, job.tenant_id, job.id, now=self._clock.now())

    def confirm_canceled(self, job: ClaimedJob, usage: Usage | None = None) -> None:
        """Record that the engine stopped on a cancellation request."""
        self._retry(
            lambda session: attempts.confirm_canceled(session, job.id, job.attempt, now=self._clock.now(), usage=usage)
        )

    def finish_preview(
        self, job: ClaimedJob, number: int, *, step: int, file: StoredFile | None = None, error: str | None = None
    ) -> None:
        """Record a requested preview: its stored `file`, or the `error` for which there is none."""
        self._retry(
            lambda session: previews.finish(
                session, job.id, job.attempt, number, step=step, file=file, error=error, now=self._clock.now()
            )
        )

    def record_refused_write(self, job: ClaimedJob, what: str) -> None:
        """Record on the attempt that it was refused a write to object storage."""
        self._retry(lambda session: attempts.refused(session, job.id, job.attempt, what, now=self._clock.now()))

    def _fail(self, job: ClaimedJob, error: JobError, usage: Usage | None, max_attempts: int) -> None:
        self._retry(
            lambda session: attempts.fail(
                session,
                job.id,
                job.attempt,
                error,
                now=self._clock.now(),
                max_attempts=max_attempts,
                usage=usage,
                backoff=self._backoff,
            )
        )

    def _retry(self, write: Callable[[WriteSession], T]) -> T:
        """Run `write` in a transaction; while the database is unreachable, try again for the duration of a lease."""
        deadline, pause = time.monotonic() + self._lease_seconds, threading.Event()
        while True:
            try:
                with self._database.write() as session:
                    return write(session)
            except DBAPIError as error:
                if not is_disconnect(error) or time.monotonic() >= deadline:
                    raise
                log.warning("the database is unreachable: %s", error.orig)
                pause.wait(RETRY_SECONDS)
