"""StopReason an attempt stops before its end, and how the engine is brought to it."""

import logging
import time
from enum import StrEnum

from services.motion.engine.client import Engine
from shared.schemas.job import JobKind

log = logging.getLogger(__name__)

END_SECONDS = 5.0
"""How long an engine that does not listen may take at most to end, by word and by TERM, before it is killed."""


class StopReason(StrEnum):
    """Who or what wants it to stop."""

    CANCELED = "canceled"
    DEADLINE = "deadline"
    FENCED = "fenced"
    LEAVING = "leaving"
    """This worker is going away; another one goes on."""


class Stopped(Exception):
    """The attempt was told to stop, and has."""

    def __init__(self, why: StopReason) -> None:
        super().__init__(why.value)
        self.why = why


class EngineStopper:
    """Brings the engine to a stop: first a place to go on from if this worker leaves, then the flag, then force."""

    def __init__(self, why: StopReason, engine: Engine, kind: JobKind, grace: float) -> None:
        """`grace` is how long the engine may take to stop by itself, in seconds."""
        self.why = why
        self._engine, self._grace = engine, grace
        self._until = time.monotonic() + grace
        self._flagged = False
        if why is StopReason.LEAVING and kind == "training":
            engine.request_checkpoint()
        else:
            self.flag()

    def flag(self) -> None:
        """Ask the engine to stop at its next step."""
        if not self._flagged:
            self._flagged = True
            self._engine.cancel()

    def insist(self) -> None:
        """End the engine if it has not stopped by now.

        Raises:
            Stopped: it has been ended.
        """
        if time.monotonic() >= self._until:
            log.warning("the engine did not stop within %.0f s of being asked", self._grace)
            self._engine.stop(min(END_SECONDS, self._grace))
            raise Stopped(self.why)
