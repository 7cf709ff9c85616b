"""The record as one worker sees it: each method is one transaction, and outlives a database that is away for a while."""

import logging
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.exc import OperationalError

from services.db.sessions import Database, WriteSession
from services.jobs import worker_service as jobs
from services.jobs.values import Beat, Checkpoint, ClaimedJob, Outcome
from shared.clock import Clock
from shared.schemas.job import JobError, Progress

log = logging.getLogger(__name__)
T = TypeVar("T")


class Desk:
    """What a worker tells the record, and what it is told."""

    RETRY_SECONDS = 1.0

    def __init__(self, database: Database, clock: Clock, *, worker: str, lease_seconds: float, max_attempts: int) -> None:
        """`worker` names it in the attempts it makes."""
        self._database, self._clock = database, clock
        self._worker, self._lease, self._max_attempts = worker, lease_seconds, max_attempts
