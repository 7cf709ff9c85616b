"""What every attempt of a worker works with."""

from dataclasses import dataclass

from services.motion.engine.client import Engine
from services.storage.port import ObjectStore
from shared.clock import Clock
from shared.settings import Settings
from worker.shared_event import SharedEvent
from worker.store.job_store import JobStore
from worker.store.registration import WorkerRegistration


@dataclass(frozen=True, kw_only=True)
class WorkerContext:
    """Made once for a slot, and closed with it."""

    settings: Settings
    clock: Clock
    job_store: JobStore
    store: ObjectStore
    engine: Engine
    registration: WorkerRegistration
    leaving: SharedEvent

    @property
    def should_hand_over(self) -> bool:
        """Whether the job in progress is to go on elsewhere."""
        return self.leaving.is_raised or self.registration.should_hand_over
