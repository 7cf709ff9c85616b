"""Engine slots: each runs one job at a time with its own engine process."""

import logging
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from shared.schemas.job import JobKind

GENERATION: JobKind = "generation"

log = logging.getLogger(__name__)


class QueueWorker(Protocol):
    """Claims and runs the jobs of queues."""

    def work(self, queue: str) -> None:
        """Claim and run jobs of `queue` until none is left."""
        ...

    def close(self) -> None:
        """Stop the job in progress and the engine."""
        ...


class EngineSlot:
    """Runs one queue worker, never in two threads at once. Notifications that arrive meanwhile are remembered."""

    def __init__(self, worker: QueueWorker) -> None:
        self._worker = worker
        self._lock = threading.Lock()
        self._pending: list[str] = []
        self._busy = False

    def notify(self, queue: str) -> None:
        """Work `queue` in this thread; returns at once if another thread is working, which then works it next."""
        with self._lock:
            if queue not in self._pending:
                self._pending.append(queue)
            if self._busy:
                return
            self._busy = True
        self._work_pending()

    def close(self) -> None:
        """Stop the job in progress and the engine."""
        self._worker.close()

    def _work_pending(self) -> None:
        """Work every pending queue, also after another one has failed. Raises the last error."""
        failure: Exception | None = None
        try:
            while queue := self._next():
                try:
                    self._worker.work(queue)
                except Exception as error:
                    log.exception("%s could not be worked", queue)
                    failure = error
        except BaseException:
            with self._lock:
                self._busy = False
            raise
        if failure is not None:
            raise failure

    def _next(self) -> str | None:
        with self._lock:
            if self._pending:
                return self._pending.pop(0)
            self._busy = False
            return None


class EngineSlots:
    """The engine slots of a process, each made when it is opened or first notified.

    A production worker has one slot. The embedded service has a second one for generations, so that they do not wait
    for trainings and evaluations.
    """

    def __init__(self, make_worker: Callable[[str], QueueWorker], slot_of: Callable[[str], str]) -> None:
        """`slot_of` returns the name of a queue's slot; `make_worker` makes the worker of the slot with that name."""
        self._make_worker, self._slot_of = make_worker, slot_of
        self._lock = threading.Lock()
        self._slots: dict[str, EngineSlot] = {}

    def open(self, queues: Iterable[str]) -> None:
        """Make the slots of these queues before their first notification."""
        for queue in queues:
            self._slot(queue)

    def notify(self, queue: str) -> None:
        """Work `queue` in its slot; may be called from several threads at once."""
        self._slot(queue).notify(queue)

    def close(self) -> None:
        """Stop all slots in parallel, because each may have a job that saves a checkpoint."""
        with self._lock:
            slots = list(self._slots.values())
        with ThreadPoolExecutor(max(1, len(slots)), thread_name_prefix="slot-close") as pool:
            for _ in pool.map(EngineSlot.close, slots):
                pass

    def _slot(self, queue: str) -> EngineSlot:
        name = self._slot_of(queue)
        with self._lock:
            if name not in self._slots:
                self._slots[name] = EngineSlot(self._make_worker(name))
            return self._slots[name]


def single_slot(queue: str) -> str:
    """All queues share one engine slot."""
    del queue
    return "shared"


def separate_generation_slot(queue: str) -> str:
    """Generations, which callers wait for, have a slot of their own; trainings and evaluations share the other."""
    return GENERATION if queue.partition(".")[0] == GENERATION else "training"
