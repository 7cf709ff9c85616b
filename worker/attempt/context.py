"""The resources that all attempts of a worker share."""

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
    """Made once for an engine slot. `shutting_down` is set when the process gets SIGTERM."""

    settings: Settings
    clock: Clock
    job_store: JobStore
    store: ObjectStore
    engine: Engine
    registration: WorkerRegistration
    shutting_down: SharedEvent

    @property
    def should_hand_over(self) -> bool:
        """Whether the job in progress is to be released for another worker."""
        return self.shutting_down.is_set() or self.registration.should_hand_over
