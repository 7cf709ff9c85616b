"""A worker process of its own: Celery's main process, and the one child that it forks, which supervises the engine."""

import ctypes
import logging
import os
import signal
import sys
import threading
from functools import partial
from typing import Any, NamedTuple

from celery import Celery, bootsteps, signals

from services.jobs.scheduling.queues import all_queues
from shared.settings import Settings
from worker.broker.celery_app import make_app
from worker.broker.tasks import install
from worker.processes.engine_slots import EngineSlots, single_slot
from worker.processes.health_file import BEAT_SECONDS, HealthFile
from worker.processes.runtime import Runtime
from worker.processes.supervisor import Supervisor
from worker.shared_event import SharedEvent

log = logging.getLogger(__name__)

PR_SET_PDEATHSIG = 1


class Process(NamedTuple):
    """A worker's Celery application, ready to run, and the queues it may serve."""

    app: Celery
    queues: list[str]


def make_process(settings: Settings) -> Process:
    """Compose a worker. Nothing is opened before the child's first ring, for connections do not survive a fork."""
    app, leaving = make_app(settings), SharedEvent()
    child = _Child(settings, app, leaving)
    install(app, child.notify)
    _report(app, HealthFile(settings, "worker"))
    signals.worker_shutting_down.connect(partial(_leave, leaving, settings.drain_seconds), weak=False)
    signals.worker_process_init.connect(partial(_die_with, os.getpid()), weak=False)
    signals.worker_process_init.connect(child.begin, weak=False)
    signals.worker_process_shutdown.connect(child.end, weak=False)
    return Process(app, all_queues(settings.base_models))


class _Child:
    """What the one child does: it is there, answers rings, and is gone."""

    def __init__(self, settings: Settings, app: Celery, leaving: SharedEvent) -> None:
        self._settings, self._app, self._leaving = settings, app, leaving
        self._guard = threading.Lock()
        self._runtime: Runtime | None = None
        self._slots: EngineSlots | None = None

    def begin(self, **_: Any) -> None:
        """Be there before the first ring. In a thread, for Celery gives a child four seconds to come up."""
        threading.Thread(target=self._open, name="opening", daemon=True).start()

    def notify(self, queue: str) -> None:
        """Work a queue."""
        self._open().notify(queue)

    def end(self, **_: Any) -> None:
        """Be gone from the record."""
        with self._guard:
            if self._runtime is not None:
                self._runtime.check_out()

    def _open(self) -> EngineSlots:
        with self._guard:
            if self._slots is None:
                runtime = self._runtime = Runtime.open(self._settings, self._leaving)
                queues = sorted(self._app.amqp.queues.consume_from)
                self._slots = EngineSlots(partial(_prepared, runtime, queues), single_slot)
                self._slots.open(queues)
            return self._slots


def _prepared(runtime: Runtime, queues: list[str], slot: str) -> Supervisor:
    supervisor = runtime.make_supervisor(slot, queues)
    supervisor.prepare()
    return supervisor


def _report(app: Celery, health_file: HealthFile) -> None:
    """Have the worker say that it hears rings, for as long as it does: its timers run only while it is connected."""

    class Reporting(bootsteps.StartStopStep):
        requires = ("celery.worker.components:Timer",)

        def start(self, parent: Any) -> None:
            parent.timer.call_repeatedly(BEAT_SECONDS, health_file.say, ())

    def leaving(**_: Any) -> None:
        health_file.say("leaving")

    def gone(**_: Any) -> None:
        health_file.end()

    app.steps["worker"].add(Reporting)
    signals.worker_shutting_down.connect(leaving, weak=False)
    signals.worker_shutdown.connect(gone, weak=False)


def _leave(leaving: SharedEvent, within: float, **_: Any) -> None:
    """Have the job in progress save its place and hand itself back; after `within` seconds, go without."""
    leaving.raise_()
    last_resort = threading.Timer(within, _go)
    last_resort.daemon = True
    last_resort.start()


def _go() -> None:
    log.error("the job in progress did not end in time; its lease will")
    os._exit(1)  # the child, and with it the engine, goes with its parent


def _die_with(parent: int, **_: Any) -> None:
    """A child that outlived its parent would hold the accelerator and hear no ring. Elsewhere than on Linux it lives
    on until its job is done.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)
