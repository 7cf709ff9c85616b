"""A worker's place in the record: it says that it is there, and hears when it is to take leave of its queues."""

import logging
from collections.abc import Collection

from sqlalchemy.exc import DBAPIError

from services.db.sessions import Database
from services.jobs.scheduling import workers
from shared.clock import Clock
from shared.schemas.worker import Drain
from worker.loop import Loop

log = logging.getLogger(__name__)

PAUSE_SECONDS = 2.0
KEPT_WARM = 2
"""Base models that an engine caches; equals `services.motion.engine.model_cache.BASES`, whose import loads torch."""


class WorkerRegistration:
    """Checks in every two seconds, in a thread of its own. What it may claim is asked of SQL with each claim."""

    def __init__(self, database: Database, clock: Clock, *, worker: str, queues: Collection[str]) -> None:
        self._database, self._clock = database, clock
        self._worker, self._queues = worker, queues
        self._drain: Drain | None = None
        self._warm: tuple[str, ...] = ()
        self._loop = Loop("registration", self.check_in, pause=PAUSE_SECONDS)

    @property
    def should_hand_over(self) -> bool:
        """Whether the job in progress is to be given to another worker."""
        return self._drain is Drain.HAND_OVER

    def claimed(self) -> None:
        """SQL has just let the worker claim, so it is not drained, whatever was heard before."""
        self._drain = None

    def warmed(self, base_model: str) -> None:
        """The engine has just worked with this base model, and keeps the last few."""
        self._warm = (base_model, *(other for other in self._warm if other != base_model))[:KEPT_WARM]

    def cooled(self) -> None:
        """The engine is gone, or has forgotten what it had in memory."""
        self._warm = ()

    def start(self) -> None:
        """Be there."""
        self._loop.start()

    def check_in(self) -> bool:
        """Say so once, and listen."""
        with self._database.write() as session:
            now, warm = self._clock.now(), self._warm
            self._drain = workers.check_in(session, self._worker, self._queues, now, warm)
        return False

    def close(self) -> None:
        """Be gone. A database that is away forgets the worker by itself, later."""
        self._loop.stop()
        try:
            with self._database.write() as session:
                workers.check_out(session, self._worker)
        except DBAPIError as error:
            log.warning("the record still lists this worker: %s", error.orig)
