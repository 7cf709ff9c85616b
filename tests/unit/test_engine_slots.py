"""Engine slots: one job at a time in each, and no notification is lost."""

import threading

import pytest

from tests.waiting import wait_until
from worker.processes.engine_slots import EngineSlots, separate_generation_slot, single_slot


class BlockingWorker:
    """A queue worker that blocks until released, and fails if two threads work at once."""

    def __init__(self) -> None:
        self.worked: list[str] = []
        self.released = threading.Event()
        self.closed = False
        self._working = threading.Lock()

    def work(self, queue: str) -> None:
        assert self._working.acquire(blocking=False), "two jobs at once in one slot"
        self.worked.append(queue)
        assert self.released.wait(10)
        self._working.release()

    def close(self) -> None:
        self.closed = True


def _notify(slots: EngineSlots, queue: str) -> threading.Thread:
    thread = threading.Thread(target=slots.notify, args=[queue])
    thread.start()
    return thread


def test_notifying_a_busy_slot_returns_at_once_and_its_thread_works_the_queue():
    worker = BlockingWorker()
    slots = EngineSlots(lambda _: worker, single_slot)
    busy = _notify(slots, "training.a")
    wait_until(lambda: worker.worked)
    for queue in ("generation.a", "generation.a", "training.a"):
        slots.notify(queue)
    worker.released.set()
    busy.join(10)
    assert worker.worked == ["training.a", "generation.a", "training.a"]


def test_a_generation_does_not_wait_for_a_training_when_it_has_a_slot_of_its_own():
    workers = {"training": BlockingWorker(), "generation": BlockingWorker()}
    slots = EngineSlots(workers.__getitem__, separate_generation_slot)
    training = _notify(slots, "training.a")
    wait_until(lambda: workers["training"].worked)
    slots.notify("evaluation.a")
    workers["generation"].released.set()
    slots.notify("generation.a")
    assert workers["generation"].worked == ["generation.a"]
    workers["training"].released.set()
    training.join(10)
    assert workers["training"].worked == ["training.a", "evaluation.a"]


def test_a_slot_works_again_after_an_exception():
    class FailingWorker(BlockingWorker):
        def work(self, queue: str) -> None:
            self.worked.append(queue)
            if len(self.worked) == 1:
                raise RuntimeError(queue)

    worker = FailingWorker()
    slots = EngineSlots(lambda _: worker, single_slot)
    try:
        slots.notify("training.a")
    except RuntimeError:
        slots.notify("training.b")
    assert worker.worked == ["training.a", "training.b"]


def test_a_queue_that_fails_does_not_keep_the_others_waiting():
    class FailingWorker(BlockingWorker):
        def work(self, queue: str) -> None:
            super().work(queue)
            if queue == "training.a":
                raise RuntimeError(queue)

    def notify() -> None:
        with pytest.raises(RuntimeError):
            slots.notify("training.a")

    worker = FailingWorker()
    slots = EngineSlots(lambda _: worker, single_slot)
    busy = threading.Thread(target=notify)
    busy.start()
    wait_until(lambda: worker.worked)
    slots.notify("training.b")
    worker.released.set()
    busy.join(10)
    assert worker.worked == ["training.a", "training.b"]


def test_closing_closes_every_slot():
    workers: dict[str, BlockingWorker] = {}
    slots = EngineSlots(lambda name: workers.setdefault(name, BlockingWorker()), separate_generation_slot)
    for queue in ("training.a", "generation.a"):
        thread = _notify(slots, queue)
        wait_until(lambda queue=queue: separate_generation_slot(queue) in workers)
        workers[separate_generation_slot(queue)].released.set()
        thread.join(10)
    slots.close()
    assert all(worker.closed for worker in workers.values())
