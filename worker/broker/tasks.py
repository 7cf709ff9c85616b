"""The only Celery task: it notifies a worker that a queue may have jobs."""

from collections.abc import Callable

from celery import Celery

TASK_NAME = "worker.work"

WorkQueue = Callable[[str], None]
"""Works the named queue until there is nothing left to claim."""


def register(app: Celery, work_queue: WorkQueue) -> None:
    """Register the task; it calls `work_queue` with the queue's name."""

    @app.task(name=TASK_NAME, shared=False)
    def work(queue: str) -> None:  # pyright: ignore[reportUnusedFunction] - Celery calls it by its name
        work_queue(queue)


def notify(app: Celery, queue: str) -> None:
    """Send one message to a worker that serves `queue`.

    Raises:
        kombu.exceptions.OperationalError: the broker is unreachable.
    """
    app.send_task(TASK_NAME, args=[queue], queue=queue, ignore_result=True, retry=False)
