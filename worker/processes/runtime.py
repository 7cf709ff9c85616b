"""The composition of a worker process: from settings to supervisors."""

import os
import socket
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import make_url

from services.db.clock import clock_of
from services.db.sessions import Database, open_database
from services.jobs.scheduling.backoff import Backoff
from services.jobs.scheduling.queues import all_queues
from services.motion.engine.client import Engine
from services.storage.factory import open_store
from services.storage.port import ObjectStore
from shared.clock import Clock
from shared.confinement import Files
from shared.secret_files import SUFFIX
from shared.settings import PREFIX, Settings
from worker.attempt.context import WorkerContext
from worker.processes.supervisor import Supervisor
from worker.shared_event import SharedEvent
from worker.store.job_store import JobStore
from worker.store.registration import WorkerRegistration


class Runtime:
    """The resources that the parts of a worker process share. Make it after forking: it has database connections."""

    def __init__(
        self, settings: Settings, database: Database, clock: Clock, shutting_down: SharedEvent | None = None
    ) -> None:
        """`shutting_down` is set when the process gets SIGTERM."""
        self.settings, self.database, self.clock = settings, database, clock
        self.shutting_down = shutting_down or SharedEvent()
        self.store: ObjectStore = open_store(settings, clock=clock)
        self._registrations: list[WorkerRegistration] = []

    @classmethod
    def open(cls, settings: Settings, shutting_down: SharedEvent | None = None) -> "Runtime":
        """A runtime with its own database connections, on the database's clock."""
        database = open_database(settings.database_url)
        return cls(settings, database, clock_of(database.engine), shutting_down)

    @property
    def queues(self) -> list[str]:
        """Every queue of the configured base models."""
        return all_queues(self.settings.base_models)

    def make_supervisor(self, slot: str, queues: Sequence[str]) -> Supervisor:
        """Make and register a worker for these queues. Its engine process starts when it is first needed."""
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
            files=_engine_files(settings, folder) if settings.confine_engine else None,
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
            shutting_down=self.shutting_down,
        )
        return Supervisor(context, folder / "jobs")

    def check_out(self) -> None:
        """Delete the registrations of this process's workers."""
        for registration in self._registrations:
            registration.close()


def _engine_files(settings: Settings, folder: Path) -> Files:
    """Every file but the service's own: its secrets, database and objects. Of these, what an attempt needs."""
    models = [
        path.resolve() for path in (*settings.base_models.values(), settings.clip_model, settings.xclip_model) if path
    ]
    targets = {link.resolve().parent for model in models for link in model.rglob("*") if link.is_symlink()}
    hidden = [value for name, value in os.environ.items() if name.startswith(PREFIX.upper()) and name.endswith(SUFFIX)]
    database = make_url(settings.database_url)
    if database.get_backend_name() == "sqlite" and database.database:
        hidden.append(str(Path(database.database).resolve().parent))
    scheme, _, path = settings.storage_url.partition(":")
    hidden += [str(Path(path).resolve())] if scheme == "directory" else []
    readable = sorted(str(path) for path in {*models, *targets})
    return Files(tuple(readable), (str(folder),), tuple(hidden))
