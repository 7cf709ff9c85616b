"""What every attempt of a worker works with."""

from dataclasses import dataclass

from services.motion.engine import Engine
from services.storage.port import ObjectStore
from shared.clock import Clock
from shared.settings import Settings
from worker.desk import Desk
from worker.flag import SharedFlag
from worker.presence import Presence


@dataclass(frozen=True, kw_only=True)
class Tools:
    """Made once for a lane, and closed with it."""

    settings: Settings
    clock: Clock
    desk: Desk
    store: ObjectStore
    engine: Engine
    presence: Presence
    leaving: SharedFlag

    @property
    def hands_over(self) -> bool:
        """Whether the job in progress is to go on elsewhere."""
        return self.leaving.is_raised or self.presence.hands_over
