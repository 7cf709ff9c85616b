"""The composition of a worker process: from settings to supervisors."""

import os
import socket
from collections.abc import Sequence

from services.db.clock import clock_of
from services.db.sessions import Database, open_database
from services.jobs.scheduling.backoff import Backoff
from services.jobs.scheduling.queues import all_queues
from services.motion.engine.client import Engine
from services.storage.factory import open_store
from services.storage.port import ObjectStore
from shared.clock import Clock
from shared.settings import Settings
from worker.attempt.context import WorkerContext
from worker.processes.supervisor import Supervisor
from worker.shared_event import SharedEvent
from worker.store.job_store import JobStore
from worker.store.registration import WorkerRegistration


class Runtime:
    """What the parts of a worker process share. Make it after forking: it holds database connections."""

    def __init__(
        self, settings: Settings, database: Database, clock: Clock, leaving: SharedEvent | None = None
    ) -> None:
        """`leaving` is raised when the process is told to end."""
        self.settings, self.database, self.clock = settings, database, clock
        self.leaving = leaving or SharedEvent()
        self.store: ObjectStore = open_store(settings, clock=clock)
        self._registrations: list[WorkerRegistration] = []

    @classmethod
    def open(cls, settings: Settings, leaving: SharedEvent | None = None) -> "Runtime":
        """A runtime with a database of its own, on that database's clock."""
        database = open_database(settings.database_url)
        return cls(settings, database, clock_of(database.engine), leaving)

    @property
    def queues(self) -> list[str]:
        """Every queue of the base models that are configured here."""
        return all_queues(self.settings.base_models)

    def make_supervisor(self, slot: str, queues: Sequence[str]) -> Supervisor:
        """A supervisor of these queues with an engine of its own, which starts when it is first needed."""
        settings = self.settings
        name = f"{socket.gethostname()}-{os.getpid()}-{slot}"
        folder = settings.work_dir.resolve() / name
        folder.mkdir(parents=True, exist_ok=True)
        job_store = JobStore(
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
        registration = WorkerRegistration(self.database, self.clock, worker=name, queues=queues)
        registration.start()
        self._registrations.append(registration)
        context = WorkerContext(
            settings=settings,
            clock=self.clock,
            job_store=job_store,
            store=self.store,
            engine=engine,
            registration=registration,
            leaving=self.leaving,
        )
        return Supervisor(context, folder / "jobs")

    def check_out(self) -> None:
        """The workers of this process are gone."""
        for registration in self._registrations:
            registration.close()
