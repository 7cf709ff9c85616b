"""Who answers a ring: one lane per engine, each working one job at a time."""

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


class Lane:
    """Runs one queue worker, never twice at once; a ring that comes while it is busy is remembered, not waited for."""

    def __init__(self, worker: QueueWorker) -> None:
        self._worker = worker
        self._guard = threading.Lock()
        self._rung: list[str] = []
        self._busy = False

    def ring(self, queue: str) -> None:
        """Work `queue` here and now, or leave it to the thread that is at work in this lane already."""
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


class Lanes:
    """The lanes of a process, made when they are opened or first rung.

    A worker process of its own has one; the embedded stack has one for generations alone, so that they never wait for
    a training or an evaluation.
    """

    def __init__(self, make_worker: Callable[[str], QueueWorker], lane_of: Callable[[str], str]) -> None:
        """`lane_of` names the lane of a queue; `make_worker` makes the worker of a named lane."""
        self._make_worker, self._lane_of = make_worker, lane_of
        self._guard = threading.Lock()
        self._lanes: dict[str, Lane] = {}

    def open(self, queues: Iterable[str]) -> None:
        """Make the lanes of these queues, although nobody has rung."""
        for queue in queues:
            self._lane(self._lane_of(queue))

    def ring(self, queue: str) -> None:
        """Answer one ring; may run in several threads at once."""
        self._lane(self._lane_of(queue)).ring(queue)

    def close(self) -> None:
        """Stop all lanes, side by side: each may have a job that saves its place."""
        with self._guard:
            lanes = list(self._lanes.values())
        with ThreadPoolExecutor(max(1, len(lanes)), thread_name_prefix="lane-close") as pool:
            for _ in pool.map(Lane.close, lanes):
                pass

    def _lane(self, name: str) -> Lane:
        with self._guard:
            if name not in self._lanes:
                self._lanes[name] = Lane(self._make_worker(name))
            return self._lanes[name]


def one_lane(queue: str) -> str:
    """Every queue shares one engine."""
    del queue
    return "shared"


def generations_apart(queue: str) -> str:
    """Generations have an engine of their own; trainings and evaluations share one: nobody sits and waits for those."""
    return GENERATION if queue.partition(".")[0] == GENERATION else "training"
