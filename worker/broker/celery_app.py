"""The Celery application: a doorbell. SQL is the record; a message names a queue and may be lost or repeated."""

from celery import Celery

from shared.settings import Settings

MEMORY_POLL_SECONDS = 0.02
"""How often the in-process broker is looked at; Redis pushes instead."""


def make_app(settings: Settings, *, patience: float | None = None) -> Celery:
    """The application for these settings, without tasks; `worker.broker.tasks.install` adds them.

    `patience` is how many seconds Redis may be silent before that is an error; None, for who listens to it, is for
    ever.

    Early acknowledgement and no result backend: a message only says "look", so nothing is lost with it, while a late
    acknowledgement starts long tasks again when the visibility timeout passes. Retries and schedules live in SQL.
    """
    in_memory = settings.broker_url == "memory://"
    broker = "memory://localhost//" if in_memory else settings.broker_url
    app = Celery("choreo", broker=broker, backend=None, set_as_current=False)
    app.conf.update(
        accept_content=["json"],
        broker_transport_options=_transport(in_memory=in_memory, patience=patience),
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


def _transport(*, in_memory: bool, patience: float | None) -> dict[str, float]:
    if in_memory:
        return {"polling_interval": MEMORY_POLL_SECONDS}
    return {"socket_timeout": patience, "socket_connect_timeout": patience} if patience else {}
