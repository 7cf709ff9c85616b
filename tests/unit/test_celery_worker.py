"""The exit status of a worker: not 0 if it ended without SIGTERM."""

from types import SimpleNamespace
from typing import Any, NamedTuple, cast

import pytest
from celery import Celery, signals

from worker.processes.celery_worker import CeleryWorker
from worker.shared_event import SharedEvent


class _Controller(NamedTuple):
    exitcode: Any


@pytest.mark.parametrize(
    ("exit_code", "has_sigterm", "status"),
    [(0, False, 75), (None, False, 75), ("Got shutdown from remote", False, 75), (1, False, 1), (0, True, 0),
     (1, True, 1)],
)  # fmt: skip
def test_a_worker_that_ends_without_sigterm_has_not_status_0(exit_code: Any, has_sigterm: bool, status: int):
    def start(arguments: list[str]) -> None:
        if has_sigterm:
            shutting_down.set()
        signals.worker_shutdown.send(sender=_Controller(exit_code))

    shutting_down = SharedEvent()
    app = cast("Celery", SimpleNamespace(start=start))
    assert CeleryWorker(app, [], shutting_down).run([]) == status
