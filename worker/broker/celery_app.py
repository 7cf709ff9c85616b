"""The Celery application and its one task. Messages only notify workers of a queue; the state of all jobs is in SQL."""

from collections.abc import Callable
from typing import Any

from celery import Celery
from kombu import Connection
from kombu.exceptions import OperationalError

from shared.settings import Settings

MEMORY_POLL_SECONDS = 0.02
"""Seconds between two polls of the in-memory broker; Redis pushes messages instead."""
EXPIRE_SECONDS = 60
"""Seconds after which a message that no worker has taken is gone, by Redis' clock: a worker's may be wrong."""
TASK_NAME = "worker.work"
WorkQueue = Callable[[str], None]
"""Works the named queue until there is nothing left to claim."""


def make_app(settings: Settings, *, socket_timeout: float | None = None) -> Celery:
    """The application for these settings, without its task, which `register` adds.

    `socket_timeout` is the time in seconds after which a Redis that does not answer is an error. None means no limit,
    which a consumer needs because it waits for messages.

    Messages are acknowledged early and there is no result backend: a message carries only the name of a queue, so a
    lost one costs nothing that SQL does not have, while late acknowledgement would start long tasks again after the
    visibility timeout. Retries and schedules are in SQL.
    """
    in_memory = settings.broker_url == "memory://"
    broker = "memory://localhost//" if in_memory else settings.broker_url
    app = Celery("choreo", broker=broker, backend=None, set_as_current=False)
    app.conf.update(
        accept_content=["json"],
        broker_transport_options=_transport_options(in_memory=in_memory, socket_timeout=socket_timeout),
        broker_channel_error_retry=True,  # Redis answers with errors during a failover
        broker_connection_max_retries=None,
        broker_connection_retry_on_startup=True,
        enable_utc=True,
        event_serializer="json",
        result_backend=None,
        task_acks_late=False,
        task_create_missing_queues=True,
        task_ignore_result=True,
        task_serializer="json",
        worker_cancel_long_running_tasks_on_connection_loss=False,
        worker_concurrency=1,
        worker_disable_prefetch=not in_memory,
        worker_enable_remote_control=True,
        worker_hijack_root_logger=False,
        worker_pool="prefork",
        worker_prefetch_multiplier=1,
        worker_send_task_events=False,
    )
    return app


def register(app: Celery, work_queue: WorkQueue) -> None:
    """Register the task; it calls `work_queue` with the queue's name."""

    @app.task(name=TASK_NAME, shared=False)
    def work(queue: str) -> None:  # pyright: ignore[reportUnusedFunction] - Celery calls it by its name
        work_queue(queue)


def notify(app: Celery, queue: str, connection: Connection | None = None) -> bool:
    """Send one message to a worker that serves `queue`, unless one waits there; returns whether it was sent.

    In Redis a message that no worker takes within `EXPIRE_SECONDS` expires; the sweep notifies again while jobs wait.
    The message is sent on a new connection by default.

    Raises:
        kombu.exceptions.OperationalError: the broker is unreachable, or answers with an error.
    """
    if connection is None:
        with app.connection_for_write() as own:
            return notify(app, queue, own)
    connection.ensure_connection(max_retries=1, interval_start=0)
    try:
        channel: Any = connection.default_channel  # of the transport's own class
        if channel.queue_declare(queue=queue).message_count:
            return False
        producer = app.amqp.Producer(connection)
        app.send_task(TASK_NAME, args=[queue], queue=queue, ignore_result=True, retry=False, producer=producer)
        if connection.transport.driver_type == "redis":
            channel.client.expire(queue, EXPIRE_SECONDS)
    except (*connection.connection_errors, *connection.channel_errors) as error:
        raise OperationalError(str(error)) from error
    return True


def _transport_options(*, in_memory: bool, socket_timeout: float | None) -> dict[str, float]:
    if in_memory:
        return {"polling_interval": MEMORY_POLL_SECONDS}
    return {"socket_timeout": socket_timeout, "socket_connect_timeout": socket_timeout} if socket_timeout else {}
