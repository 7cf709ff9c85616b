"""The production worker: Celery's main process and the one child that it forks, which supervises the engine."""

import logging
import os
import threading
from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

from celery import Celery, bootsteps, signals
from celery.worker import WorkController

from services.jobs.scheduling.queues import all_queues
from shared import confinement
from shared.processes import end_with_parent
from shared.program import TEMPORARY
from shared.settings import Settings
from worker.broker.celery_app import make_app, register
from worker.processes.engine_slots import EngineSlots, single_slot
from worker.processes.health_file import WRITE_SECONDS, HealthFile
from worker.processes.runtime import Runtime
from worker.processes.supervisor import Supervisor
from worker.shared_event import SharedEvent

log = logging.getLogger(__name__)


class CeleryWorker(NamedTuple):
    """A worker's Celery application, ready to start, and the queues it may serve."""

    app: Celery
    queues: list[str]
    shutting_down: SharedEvent

    def run(self, arguments: Sequence[str]) -> int:
        """Run Celery with these arguments until it ends; returns the exit status.

        Celery's own `start` returns none. The status of a worker that ended without SIGTERM is not 0, so that
        its service manager starts it again.
        """
        codes: list[object] = []

        def keep_code(sender: WorkController, **_: Any) -> None:
            codes.append(sender.exitcode)

        signals.worker_shutdown.connect(keep_code, weak=False)
        self.app.start(["worker", *arguments])
        status = codes[0] if codes and isinstance(codes[0], int) else 0
        if self.shutting_down.is_set():
            return status
        log.critical("the worker ended without SIGTERM")
        return status or TEMPORARY


def make_celery_worker(settings: Settings) -> CeleryWorker:
    """Compose a worker. The child opens all connections, since none of them survives a fork."""
    app, shutting_down = make_app(settings), SharedEvent()
    child = _ChildProcess(settings, app, shutting_down)
    register(app, child.notify)
    _write_health_file(app, HealthFile(settings, "worker"))
    signals.worker_shutting_down.connect(partial(_start_drain, shutting_down, settings.drain_seconds), weak=False)
    signals.worker_process_init.connect(partial(_end_with_parent, os.getpid()), weak=False)
    signals.worker_process_init.connect(child.start, weak=False)
    signals.worker_process_shutdown.connect(child.check_out, weak=False)
    return CeleryWorker(app, all_queues(settings.base_models), shutting_down)


class _ChildProcess:
    """The child's runtime and engine slot, made after the fork by the first thread that needs them."""

    def __init__(self, settings: Settings, app: Celery, shutting_down: SharedEvent) -> None:
        self._settings, self._app, self._shutting_down = settings, app, shutting_down
        self._lock = threading.Lock()
        self._runtime: Runtime | None = None
        self._slots: EngineSlots | None = None

    def start(self, **_: Any) -> None:
        """Register the worker and start its engine before the first message.

        Runs in a thread, because Celery expects a child to be up within four seconds.
        """
        threading.Thread(target=self._open, name="opening", daemon=True).start()

    def notify(self, queue: str) -> None:
        """Work a queue."""
        self._open().notify(queue)

    def check_out(self, **_: Any) -> None:
        """Delete the worker's registration from the database."""
        with self._lock:
            if self._runtime is not None:
                self._runtime.check_out()

    def _open(self) -> EngineSlots:
        with self._lock:
            if self._slots is None:
                log.info(confinement.summary())
                runtime = self._runtime = Runtime.open(self._settings, self._shutting_down)
                queues = sorted(self._app.amqp.queues.consume_from)
                self._slots = EngineSlots(partial(_make_started_supervisor, runtime, queues), single_slot)
                self._slots.open(queues)
            return self._slots


def _make_started_supervisor(runtime: Runtime, queues: list[str], slot: str) -> Supervisor:
    supervisor = runtime.make_supervisor(slot, queues)
    supervisor.start_engine()
    return supervisor


def _write_health_file(app: Celery, health_file: HealthFile) -> None:
    """Write the health file on Celery's timer, which runs only while the worker is connected to the broker."""

    class HealthStep(bootsteps.StartStopStep):
        requires = ("celery.worker.components:Timer",)

        def start(self, parent: Any) -> None:
            parent.timer.call_repeatedly(WRITE_SECONDS, health_file.write, ())

    def shutting_down(**_: Any) -> None:
        health_file.write("shutting down")

    def shut_down(**_: Any) -> None:
        health_file.remove()

    app.steps["worker"].add(HealthStep)
    signals.worker_shutting_down.connect(shutting_down, weak=False)
    signals.worker_shutdown.connect(shut_down, weak=False)


def _start_drain(shutting_down: SharedEvent, drain_seconds: float, **_: Any) -> None:
    """Have the child checkpoint and release the job in progress; exit after `drain_seconds` if it has not."""
    shutting_down.set()
    timer = threading.Timer(drain_seconds, _exit_after_drain_timeout, (drain_seconds,))
    timer.daemon = True
    timer.start()


def _exit_after_drain_timeout(drain_seconds: float) -> None:
    log.error(
        "drain timeout of %g s reached with a job in progress; the worker exits and the job's lease will expire",
        drain_seconds,
    )
    os._exit(1)  # the child, and with it the engine, ends with its parent


def _end_with_parent(parent: int, **_: Any) -> None:
    """A child that outlived its parent would hold the accelerator without receiving messages."""
    end_with_parent(parent=parent)
