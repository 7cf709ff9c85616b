"""Who answers a ring: one slot per engine, each working one job at a time."""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from shared.schemas.job import JobKind

GENERATION: JobKind = "generation"


class QueueWorker(Protocol):
    """Works a queue until there is nothing to claim."""

    def work(self, queue: str) -> None:
        """Claim and run jobs of `queue` until none is left."""
        ...

    def close(self) -> None:
        """Stop the job in progress and the engine."""
        ...


class EngineSlot:
    """Runs one queue worker, never twice at once; a ring that comes while it is busy is remembered, not waited for."""

    def __init__(self, worker: QueueWorker) -> None:
        self._worker = worker
        self._guard = threading.Lock()
        self._rung: list[str] = []
        self._busy = False

    def notify(self, queue: str) -> None:
        """Work `queue` here and now, or leave it to the thread that is at work in this slot already."""
        with self._guard:
            if queue not in self._rung:
                self._rung.append(queue)
            if self._busy:
                return
            self._busy = True
        self._work_all()

    def close(self) -> None:
        """Stop what it does and its engine."""
        self._worker.close()

    def _work_all(self) -> None:
        try:
            while queue := self._next():
                self._worker.work(queue)
        except BaseException:
            with self._guard:
                self._busy = False
            raise

    def _next(self) -> str | None:
        with self._guard:
            if self._rung:
                return self._rung.pop(0)
            self._busy = False
            return None


class EngineSlots:
    """The slots of a process, made when they are opened or first rung.

    A worker process of its own has one; the embedded stack has one for generations alone, so that they never wait for
    a training or an evaluation.
    """

    def __init__(self, make_worker: Callable[[str], QueueWorker], slot_of: Callable[[str], str]) -> None:
        """`slot_of` names the slot of a queue; `make_worker` makes the worker of a named slot."""
        self._make_worker, self._lane_of = make_worker, slot_of
        self._guard = threading.Lock()
        self._slots: dict[str, EngineSlot] = {}

    def open(self, queues: Iterable[str]) -> None:
        """Make the slots of these queues, although nobody has rung."""
        for queue in queues:
            self._slot(self._lane_of(queue))

    def notify(self, queue: str) -> None:
        """Answer one ring; may run in several threads at once."""
        self._slot(self._lane_of(queue)).notify(queue)

    def close(self) -> None:
        """Stop all slots, side by side: each may have a job that saves its place."""
        with self._guard:
            slots = list(self._slots.values())
        with ThreadPoolExecutor(max(1, len(slots)), thread_name_prefix="slot-close") as pool:
            for _ in pool.map(EngineSlot.close, slots):
                pass

    def _slot(self, name: str) -> EngineSlot:
        with self._guard:
            if name not in self._slots:
                self._slots[name] = EngineSlot(self._make_worker(name))
            return self._slots[name]


def single_slot(queue: str) -> str:
    """Every queue shares one engine."""
    del queue
    return "shared"


def separate_generation_slot(queue: str) -> str:
    """Generations have an engine of their own; trainings and evaluations share one: nobody sits and waits for those."""
    return GENERATION if queue.partition(".")[0] == GENERATION else "training"
