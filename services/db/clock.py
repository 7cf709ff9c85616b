"""The database's clock: programs on several machines agree on the time by asking the record that they share."""

import logging
import threading
import time
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, Engine, NullPool, create_engine, func, select
from sqlalchemy.exc import DBAPIError

from services.db.engine import CONNECT_SECONDS
from shared.clock import Clock, SystemClock

log = logging.getLogger(__name__)

ASK_AGAIN_SECONDS = 60.0
NUM_SAMPLES = 3
RETRY_SECONDS = 1.0
_STEADY = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""Counts on while a process is frozen or, on Linux, its machine sleeps; nobody sets it."""


class DatabaseClock:
    """PostgreSQL's time, carried on by this machine's steady clock and asked for again every minute.

    A lease is a moment that one program writes and another compares with its own now: a machine whose clock is wrong
    would lose every job that it takes, or keep those of the dead.
    """

    def __init__(self, engine: Engine) -> None:
        limit = {"connect_timeout": CONNECT_SECONDS}
        self._engine = create_engine(engine.url, poolclass=NullPool, connect_args=limit)  # others may hold the pool
        self._guard = threading.Lock()
        self._known: tuple[datetime, float] | None = None
        self._ask_at = 0.0

    def now(self) -> datetime:
        """See `Clock.now`. Raises OperationalError if the database has never answered."""
        if _steady() >= self._ask_at and self._guard.acquire(blocking=self._known is None):
            try:
                self._ask()
            finally:
                self._guard.release()
        if self._known is None:
            raise AssertionError("asking the time left it unknown")
        moment, at = self._known
        return moment + timedelta(seconds=_steady() - at)

    def _ask(self) -> None:
        if self._known is not None and _steady() < self._ask_at:
            return  # another thread has just asked
        try:
            with self._engine.connect() as connection:
                _, moment, at = min(_sample(connection) for _ in range(NUM_SAMPLES))
        except DBAPIError as error:
            if self._known is None:
                raise
            log.warning("the database does not tell the time, which goes on without it: %s", error.orig)
            self._ask_at = _steady() + RETRY_SECONDS
            return
        self._known, self._ask_at = (moment, at), _steady() + ASK_AGAIN_SECONDS


def _sample(connection: Connection) -> tuple[float, datetime, float]:
    """How long the answer took, what it was, and when, by the steady clock, it was true, give or take half of that.

    The quickest of a few is the best: a busy server, or a busy machine of ours, can take seconds for one.
    """
    before = _steady()
    moment = connection.execute(select(func.clock_timestamp())).scalar_one()
    took = _steady() - before
    return took, moment.astimezone(UTC), before + took / 2


def clock_of(engine: Engine) -> Clock:
    """The clock that all who share this database agree on; the machine's own where they share the machine too."""
    return DatabaseClock(engine) if engine.dialect.name == "postgresql" else SystemClock()


def _steady() -> float:
    return time.clock_gettime(_STEADY)
