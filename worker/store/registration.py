"""The worker's row in the database: it shows that the worker is alive and carries requests to drain it."""

import logging
from collections.abc import Collection

from sqlalchemy.exc import DBAPIError

from services.db.sessions import Database
from services.jobs.scheduling import workers
from services.motion.engine.messages import MAX_CACHED_BASE_MODELS
from shared.clock import Clock
from shared.schemas.worker import Drain
from worker.loop import Loop

log = logging.getLogger(__name__)

CHECK_IN_SECONDS = 2.0


class WorkerRegistration:
    """Writes the worker's row every two seconds in a thread, with the base models that its engine has cached.

    The same transaction reads whether the worker is to drain. A claim checks that again, in its own transaction.
    """

    def __init__(self, database: Database, clock: Clock, *, worker: str, queues: Collection[str]) -> None:
        self._database, self._clock = database, clock
        self._worker, self._queues = worker, queues
        self._drain: Drain | None = None
        self._cached: tuple[str, ...] = ()
        self._loop = Loop("registration", self.check_in, pause=CHECK_IN_SECONDS)

    @property
    def should_hand_over(self) -> bool:
        """Whether the job in progress is to be released for another worker."""
        return self._drain is Drain.HAND_OVER

    def on_claim(self) -> None:
        """A claim succeeded, so the worker does not drain, whatever the last check-in returned."""
        self._drain = None

    def on_base_model_used(self, base_model: str) -> None:
        """The engine ran a job with this base model, which is now the most recently used one in its cache."""
        others = (other for other in self._cached if other != base_model)
        self._cached = (base_model, *others)[:MAX_CACHED_BASE_MODELS]

    def on_cache_cleared(self) -> None:
        """The engine process ended or cleared its cache."""
        self._cached = ()

    def start(self) -> None:
        """Start the thread."""
        self._loop.start()

    def check_in(self) -> bool:
        """Write the row once and read the drain request."""
        with self._database.write() as session:
            now, cached = self._clock.now(), self._cached
            self._drain = workers.check_in(session, self._worker, self._queues, now, cached)
        return False

    def close(self) -> None:
        """Stop the thread and delete the row. While the database is unreachable, the row stays until it is stale."""
        self._loop.stop()
        try:
            with self._database.write() as session:
                workers.check_out(session, self._worker)
        except DBAPIError as error:
            log.warning("%s: its registration was not deleted: %s", self._worker, error.orig)
