"""A Celery worker inside another program: a thread that consumes, and a pool of threads that run tasks."""

import socket
import threading
from collections.abc import Sequence
from typing import Any

from celery import Celery
from celery.worker import WorkController


class NotReady(RuntimeError):
    """The worker did not come up in time."""


class ThreadedWorker:
    """Serves queues from this process; for a broker that lives in the same process. One at a time in a process."""

    START_SECONDS = 15.0

    def __init__(self, app: Celery, queues: Sequence[str], *, concurrency: int) -> None:
        app.set_default()  # the pool's threads look tasks up in the process's default application
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
        """Begin to consume; returns once rings are heard.

        Raises:
            NotReady: it did not come up.
        """
        self._thread.start()
        if not self._controller.ready.wait(self.START_SECONDS):
            raise NotReady(f"the Celery worker did not come up in {self.START_SECONDS:.0f} s")

    def stop(self, timeout: float) -> None:
        """Stop consuming and wait for the tasks in progress, which somebody must have told to end, so many seconds."""
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
