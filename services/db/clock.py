"""The database's clock, so that programs on several machines agree on the time."""

import logging
import threading
import time
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, Engine, NullPool, create_engine, func, select
from sqlalchemy.exc import DBAPIError

from services.db.engine import CONNECT_SECONDS
from shared.clock import Clock, SystemClock

log = logging.getLogger(__name__)

REFRESH_SECONDS = 60.0
NUM_SAMPLES = 3
RETRY_SECONDS = 1.0
_STEADY = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""Monotonic clock that keeps counting while the process is frozen and, on Linux, while the machine sleeps."""


class DatabaseClock:
    """PostgreSQL's time, extrapolated with this machine's monotonic clock and read again every minute.

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
        self._known, self._ask_at = (moment, at), _steady() + REFRESH_SECONDS


def _sample(connection: Connection) -> tuple[float, datetime, float]:
    """(round-trip seconds, database time, monotonic time of the sample); the error is at most half the round trip.

    The quickest of a few is the best: a busy server, or a busy machine of ours, can take seconds for one.
    """
    before = _steady()
    moment = connection.execute(select(func.clock_timestamp())).scalar_one()
    took = _steady() - before
    return took, moment.astimezone(UTC), before + took / 2


def clock_of(engine: Engine) -> Clock:
    """The clock for a database: the database's for PostgreSQL, the machine's for SQLite."""
    return DatabaseClock(engine) if engine.dialect.name == "postgresql" else SystemClock()


def _steady() -> float:
    return time.clock_gettime(_STEADY)
