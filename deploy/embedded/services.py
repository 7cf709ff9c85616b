"""The parts of the embedded service, started in the order of their dependencies and stopped in reverse."""

import os
import socket
import threading
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import uvicorn

from api.main import create_app
from api.server import configure
from deploy.embedded.credentials import Credentials, ensure_credentials
from services.db.migrations import upgrade
from services.db.sessions import open_database
from shared.clock import SystemClock
from shared.settings import Settings
from worker.broker.celery_app import make_app, register
from worker.broker.threaded_worker import ThreadedWorker
from worker.processes.engine_slots import EngineSlots, separate_generation_slot
from worker.processes.runtime import Runtime
from worker.processes.supervisor import Supervisor
from worker.relay import Relay
from worker.sweep import Sweep

START_SECONDS = 30.0
STOP_SECONDS = 15.0
NUM_ENGINE_SLOTS = 2
"""One for generations, one for trainings and evaluations; see `worker.processes.engine_slots`."""


class HttpServerFailed(RuntimeError):
    """The HTTP server did not start."""


class EmbeddedService:
    """Every part of the service that runs in this process."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self._settings, self._folder = settings, folder
        self._clock = SystemClock()
        self._running = ExitStack()

    def start(self, listener: socket.socket) -> Credentials:
        """Start all parts; the HTTP API listens on `listener`. After an error, `stop` ends the parts that had started.

        Raises:
            HttpServerFailed: the HTTP server did not start.
        """
        upgrade(self._settings.database_url)
        database = open_database(self._settings.database_url)
        self._running.callback(database.close)
        runtime = Runtime(self._settings, database, self._clock)
        self._start_worker(runtime)
        self._start_server(listener)
        secret = self._settings.secret_key.get_secret_value()
        credentials = ensure_credentials(database, self._folder, self._settings.public_url, secret, self._clock)
        credentials.write(self._folder, os.getpid())
        return credentials

    def stop(self) -> None:
        """Stop all parts, the last one first."""
        self._running.close()

    def _start_worker(self, runtime: Runtime) -> None:
        app = make_app(self._settings)
        slots = EngineSlots(partial(_supervisor_of, runtime), separate_generation_slot)
        slots.open(runtime.queues)
        self._running.callback(runtime.check_out)
        register(app, slots.notify)
        worker = ThreadedWorker(app, runtime.queues, concurrency=NUM_ENGINE_SLOTS)
        worker.start()
        self._running.callback(worker.stop, STOP_SECONDS)
        self._running.callback(slots.close)
        sweep = Sweep(runtime)
        self._running.callback(sweep.close)
        sweep.recover()
        for loop in (Relay(runtime.database, app, self._clock).loop(), *sweep.loops()):
            loop.start()
            self._running.callback(loop.stop)

    def _start_server(self, listener: socket.socket) -> None:
        app = create_app(self._settings, clock=self._clock)
        config = configure(app, max_connections=self._settings.max_connections, shutdown_seconds=3)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listener],), name="http", daemon=True)
        thread.start()
        self._running.callback(_stop_server(server, thread))
        self._await_start(server, thread)

    @staticmethod
    def _await_start(server: uvicorn.Server, thread: threading.Thread) -> None:
        pause = threading.Event()
        for _ in range(int(START_SECONDS / 0.05)):
            if server.started:
                return
            if not thread.is_alive():
                break
            pause.wait(0.05)
        raise HttpServerFailed("the HTTP server did not start")


def _supervisor_of(runtime: Runtime, slot: str) -> Supervisor:
    return runtime.make_supervisor(slot, [queue for queue in runtime.queues if separate_generation_slot(queue) == slot])


def _stop_server(server: uvicorn.Server, thread: threading.Thread) -> Callable[[], None]:
    def stop() -> None:
        server.should_exit = True
        thread.join(STOP_SECONDS)

    return stop
