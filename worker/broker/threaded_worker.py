"""A Celery worker inside another program: one thread consumes messages, a pool of threads runs the tasks."""

import socket
import threading
from collections.abc import Sequence
from typing import Any

from celery import Celery
from celery.worker import WorkController


class NotReady(RuntimeError):
    """The worker was not ready to consume in time."""


class ThreadedWorker:
    """Serves queues from this process, for the in-memory broker. A process can have one at a time."""

    START_SECONDS = 15.0

    def __init__(self, app: Celery, queues: Sequence[str], *, concurrency: int) -> None:
        app.set_default()  # the pool's threads look up tasks in the process's default application
        self._controller = _Controller(
            app=app,
            hostname=f"embedded@{socket.gethostname()}",
            pool="threads",
            concurrency=concurrency,
            queues=list(queues),
            without_mingle=True,
            without_gossip=True,
            without_heartbeat=True,
        )
        self._thread = threading.Thread(target=self._controller.start, name="celery-consumer", daemon=True)

    def start(self) -> None:
        """Start to consume; returns once messages are received.

        Raises:
            NotReady: the worker was not ready within `START_SECONDS`.
        """
        self._thread.start()
        if not self._controller.ready.wait(self.START_SECONDS):
            raise NotReady(f"the Celery worker was not ready within {self.START_SECONDS:.0f} s")

    def stop(self, timeout: float) -> None:
        """Stop consuming and wait at most `timeout` seconds for the tasks in progress, which the caller has to stop."""
        stopper = threading.Thread(target=self._controller.stop, name="celery-stop", daemon=True)
        stopper.start()
        stopper.join(timeout)
        self._thread.join(1.0)


class _Controller(WorkController):
    def __init__(self, **options: Any) -> None:
        self.ready = threading.Event()
        super().__init__(**options)

    def on_consumer_ready(self, consumer: Any) -> None:
        del consumer
        self.ready.set()
