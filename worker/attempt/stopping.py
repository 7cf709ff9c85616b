"""The reasons to stop an attempt before its end, and how the engine is stopped."""

import logging
import time
from enum import StrEnum

from services.motion.engine.client import Engine
from shared.schemas.job import JobKind

log = logging.getLogger(__name__)

END_SECONDS = 5.0
"""Upper bound in seconds for each of the two steps (stop command, SIGTERM) before an unresponsive engine is killed."""


class StopReason(StrEnum):
    """Why an attempt is stopped."""

    CANCELED = "canceled"
    DEADLINE = "deadline"
    FENCED = "fenced"
    HANDOVER = "handover"
    """This worker drains or shuts down; another one continues the job."""


class Stopped(Exception):
    """The attempt was stopped, and its engine does not work on the job any more."""

    def __init__(self, reason: StopReason) -> None:
        super().__init__(reason.value)
        self.reason = reason


class EngineStopper:
    """Stops the engine in up to three steps: checkpoint (handover of a training only), cancel, end the process."""

    def __init__(self, reason: StopReason, engine: Engine, kind: JobKind, grace_seconds: float) -> None:
        """`grace_seconds` is the time that the engine has to stop by itself."""
        self.reason = reason
        self._engine, self._grace = engine, grace_seconds
        self._deadline = time.monotonic() + grace_seconds
        self._canceled = False
        if reason is StopReason.HANDOVER and kind == "training":
            engine.request_checkpoint()
        else:
            self.cancel()

    def cancel(self) -> None:
        """Ask the engine to stop after its current step; further calls do nothing."""
        if not self._canceled:
            self._canceled = True
            self._engine.cancel()

    def enforce(self) -> None:
        """End the engine process if its grace period is over.

        Raises:
            Stopped: the process was ended.
        """
        if time.monotonic() >= self._deadline:
            log.warning("the engine did not stop within %g s and is ended", self._grace)
            self._engine.stop(min(END_SECONDS, self._grace))
            raise Stopped(self.reason)
