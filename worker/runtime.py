"""The composition of a worker process: from settings to supervisors."""

import os
import socket
from collections.abc import Sequence

from services.db.clock import clock_of
from services.db.sessions import Database, open_database
from services.jobs.backoff import Backoff
from services.jobs.service import all_queues
from services.motion.engine import Engine
from services.storage.factory import open_store
from services.storage.port import ObjectStore
from shared.clock import Clock
from shared.settings import Settings
from worker.desk import Desk
from worker.flag import SharedFlag
from worker.presence import Presence
from worker.supervisor import Supervisor
from worker.tools import Tools


class Runtime:
    """What the parts of a worker process share. Make it after forking: it holds database connections."""

    def __init__(self, settings: Settings, database: Database, clock: Clock, leaving: SharedFlag | None = None) -> None:
        """`leaving` is raised when the process is told to end."""
        self.settings, self.database, self.clock = settings, database, clock
        self.leaving = leaving or SharedFlag()
        self.store: ObjectStore = open_store(settings, clock=clock)
        self._presences: list[Presence] = []

    @classmethod
    def open(cls, settings: Settings, leaving: SharedFlag | None = None) -> "Runtime":
        """A runtime with a database of its own, on that database's clock."""
        database = open_database(settings.database_url)
        return cls(settings, database, clock_of(database.engine), leaving)

    @property
    def queues(self) -> list[str]:
        """Every queue of the base models that are configured here."""
        return all_queues(self.settings.base_models)

    def make_supervisor(self, lane: str, queues: Sequence[str]) -> Supervisor:
        """A supervisor of these queues with an engine of its own, which starts when it is first needed."""
        settings = self.settings
        name = f"{socket.gethostname()}-{os.getpid()}-{lane}"
        folder = settings.work_dir.resolve() / name
        folder.mkdir(parents=True, exist_ok=True)
        desk = Desk(
            self.database,
            self.clock,
            worker=name,
            lease_seconds=settings.lease_seconds,
            max_attempts=settings.max_attempts,
            backoff=Backoff(first_seconds=settings.backoff_seconds),
        )
        engine = Engine(
            device=settings.device,
            base_dtype=settings.base_dtype,
            compute_dtype=settings.compute_dtype,
            threads=settings.engine_threads,
            log_path=folder / "engine.log",
        )
        presence = Presence(self.database, self.clock, worker=name, queues=queues)
        presence.start()
        self._presences.append(presence)
        tools = Tools(
            settings=settings,
            clock=self.clock,
            desk=desk,
            store=self.store,
            engine=engine,
            presence=presence,
            leaving=self.leaving,
        )
        return Supervisor(tools, folder / "jobs")

    def check_out(self) -> None:
        """The workers of this process are gone."""
        for presence in self._presences:
            presence.close()
