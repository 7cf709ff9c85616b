"""The one task: a ring at a queue's door."""

from collections.abc import Callable

from celery import Celery

WORK = "worker.work"

Answer = Callable[[str], None]


def install(app: Celery, answer: Answer) -> None:
    """Register the task; `answer` works the queue it is given until there is nothing to claim."""

    @app.task(name=WORK, shared=False)
    def work(queue: str) -> None:  # pyright: ignore[reportUnusedFunction] - Celery calls it by its name
        answer(queue)


def notify(app: Celery, queue: str) -> None:
    """Send one ring to whoever serves `queue`.

    Raises:
        kombu.exceptions.OperationalError: the broker cannot be reached.
    """
    app.send_task(WORK, args=[queue], queue=queue, ignore_result=True, retry=False)
