"""A worker process of its own: Celery's main process, and the one child that it forks, which supervises the engine."""

import ctypes
import os
import signal
import sys
from functools import cache, partial
from typing import Any, NamedTuple

from celery import Celery, signals

from services.jobs.service import all_queues
from shared.settings import Settings
from worker.app import make_app
from worker.flag import SharedFlag
from worker.lanes import Lanes, one_lane
from worker.runtime import Runtime
from worker.tasks import install

PR_SET_PDEATHSIG = 1


class Process(NamedTuple):
    """A worker's Celery application, ready to run, and the queues it may serve."""

    app: Celery
    queues: list[str]


def make_process(settings: Settings) -> Process:
    """Compose a worker. Nothing is opened before the child's first ring, for connections do not survive a fork."""
    app, leaving = make_app(settings), SharedFlag()

    @cache
    def lanes() -> Lanes:
        return Lanes(Runtime.open(settings, leaving).make_supervisor, one_lane)

    install(app, lambda queue: lanes().ring(queue))
    signals.worker_shutting_down.connect(partial(_leave, leaving), weak=False)
    signals.worker_process_init.connect(partial(_die_with, os.getpid()), weak=False)
    return Process(app, all_queues(settings.base_models))


def _leave(leaving: SharedFlag, **_: Any) -> None:
    leaving.raise_()


def _die_with(parent: int, **_: Any) -> None:
    """A child that outlived its parent would hold the accelerator and hear no ring. Elsewhere than on Linux it lives
    on until its job is done.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)
