"""The record as one worker sees it: each method is one transaction."""

import logging
import threading
import time
from collections.abc import Callable, Collection, Sequence
from typing import TypeVar

from sqlalchemy.exc import DBAPIError

from services.db.errors import is_disconnect
from services.db.sessions import Database, WriteSession
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
    """What a worker tells the record, and what it is told.

    Everything about a job but `claim` raises `Fenced` when another attempt owns it, and `NotFound` when it is gone.
    How an attempt ended is told again and again for a whole lease while the database is away.
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
        self._worker, self._lease = worker, lease_seconds
        self._max_attempts, self._backoff = max_attempts, backoff

    def claim(self, queue: str, warm: Collection[str]) -> ClaimedJob | None:
        """The fairest waiting job of the queue, now ours, or None."""
        with self._database.write() as session:
            now, lease = self._clock.now(), self._lease
            return attempts.claim(session, queue, self._worker, now=now, lease_seconds=lease, cached=warm)

    def beat(
        self,
        job: ClaimedJob,
        *,
        progress: Progress | None = None,
        usage: Usage | None = None,
    ) -> HeartbeatReply:
        """Hold the lease for longer, with what there is to say."""
        with self._database.write() as session:
            return attempts.beat(
                session,
                job.id,
                job.attempt,
                now=self._clock.now(),
                lease_seconds=self._lease,
                progress=progress,
                resumed_from_step=job.checkpoint.step if job.checkpoint else None,
                usage=usage,
            )

    def has_news(self, job: ClaimedJob, num_requests: int) -> bool:
        """Whether a beat would bring anything but "carry on" to who has heard of `num_requests` things asked."""
        with self._database.read() as session:
            return attempts.num_requests(session, job.id, job.attempt) != num_requests

    def keep(self, job: ClaimedJob, checkpoint: Checkpoint) -> None:
        """A place is stored from which another attempt can go on."""
        now, lease = self._clock.now, self._lease
        self._insist(
            lambda session: attempts.beat(
                session, job.id, job.attempt, now=now(), lease_seconds=lease, checkpoint=checkpoint
            )
        )

    def journal(self, job: ClaimedJob, lines: Sequence[LogEntry], points: Sequence[MetricSample]) -> None:
        """What the attempt has to say beside its progress; tried once, as it is not worth a wait."""
        with self._database.write() as session:
            logs.write(session, job.id, job.attempt, lines, points)

    def finish(self, job: ClaimedJob, outcome: Outcome) -> None:
        """It succeeded."""
        self._insist(lambda session: attempts.finish(session, job.id, job.attempt, outcome, now=self._clock.now()))

    def fail(self, job: ClaimedJob, error: JobError, usage: Usage | None = None) -> None:
        """It failed; the service's own passing trouble queues it again while attempts are left."""
        self._fail(job, error, usage, self._max_attempts)

    def fail_for_good(self, job: ClaimedJob, error: JobError, usage: Usage | None = None) -> None:
        """It failed, and trying again is of no use."""
        self._fail(job, error, usage, max_attempts=0)

    def release(self, job: ClaimedJob, usage: Usage | None = None) -> None:
        """This worker is going away: queue it again, however many attempts there were."""
        self._insist(lambda session: attempts.release(session, job.id, job.attempt, now=self._clock.now(), usage=usage))

    def cancel(self, job: ClaimedJob) -> None:
        """Ask for the job's end as its tenant would."""
        with self._database.write() as session:
            cancellation.cancel(session, job.tenant_id, job.id, now=self._clock.now())

    def confirm_canceled(self, job: ClaimedJob, usage: Usage | None = None) -> None:
        """The engine has stopped, as was asked."""
        self._insist(
            lambda session: attempts.confirm_canceled(session, job.id, job.attempt, now=self._clock.now(), usage=usage)
        )

    def settle_preview(
        self, job: ClaimedJob, number: int, *, step: int, file: StoredFile | None = None, error: str | None = None
    ) -> None:
        """A preview is stored, or will never be."""
        self._insist(
            lambda session: previews.finish(
                session, job.id, job.attempt, number, step=step, file=file, error=error, now=self._clock.now()
            )
        )

    def refused(self, job: ClaimedJob, what: str) -> None:
        """Put on record that this attempt was not let write something outside SQL."""
        self._insist(lambda session: attempts.refused(session, job.id, job.attempt, what, now=self._clock.now()))

    def _fail(self, job: ClaimedJob, error: JobError, usage: Usage | None, max_attempts: int) -> None:
        self._insist(
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

    def _insist(self, act: Callable[[WriteSession], T]) -> T:
        until, pause = time.monotonic() + self._lease, threading.Event()
        while True:
            try:
                with self._database.write() as session:
                    return act(session)
            except DBAPIError as error:
                if not is_disconnect(error) or time.monotonic() >= until:
                    raise
                log.warning("the database is away: %s", error.orig)
                pause.wait(RETRY_SECONDS)
