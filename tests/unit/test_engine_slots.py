import threading

from tests.waiting import wait_until
from worker.processes.engine_slots import EngineSlots, separate_generation_slot, single_slot


class Slow:
    """A queue worker that stays in its first queue until let go, and notices company."""

    def __init__(self) -> None:
        self.worked: list[str] = []
        self.let_go = threading.Event()
        self.closed = False
        self._alone = threading.Lock()

    def work(self, queue: str) -> None:
        assert self._alone.acquire(blocking=False), "two jobs at once in one slot"
        self.worked.append(queue)
        assert self.let_go.wait(10)
        self._alone.release()

    def close(self) -> None:
        self.closed = True


def _ring(slots: EngineSlots, queue: str) -> threading.Thread:
    thread = threading.Thread(target=slots.notify, args=[queue])
    thread.start()
    return thread


def test_a_ring_at_a_busy_lane_returns_at_once_and_is_answered_by_the_busy_thread():
    worker = Slow()
    slots = EngineSlots(lambda _: worker, single_slot)
    busy = _ring(slots, "training.a")
    wait_until(lambda: worker.worked)
    for queue in ("generation.a", "generation.a", "training.a"):
        slots.notify(queue)
    worker.let_go.set()
    busy.join(10)
    assert worker.worked == ["training.a", "generation.a", "training.a"]


def test_a_generation_does_not_wait_for_a_training_when_it_has_a_lane_of_its_own():
    workers = {"training": Slow(), "generation": Slow()}
    slots = EngineSlots(workers.__getitem__, separate_generation_slot)
    training = _ring(slots, "training.a")
    wait_until(lambda: workers["training"].worked)
    slots.notify("evaluation.a")
    workers["generation"].let_go.set()
    slots.notify("generation.a")
    assert workers["generation"].worked == ["generation.a"]
    workers["training"].let_go.set()
    training.join(10)
    assert workers["training"].worked == ["training.a", "evaluation.a"]


def test_a_lane_serves_again_after_a_job_that_raised():
    class Broken(Slow):
        def work(self, queue: str) -> None:
            self.worked.append(queue)
            if len(self.worked) == 1:
                raise RuntimeError(queue)

    worker = Broken()
    slots = EngineSlots(lambda _: worker, single_slot)
    try:
        slots.notify("training.a")
    except RuntimeError:
        slots.notify("training.b")
    assert worker.worked == ["training.a", "training.b"]


def test_closing_reaches_every_lane():
    workers: dict[str, Slow] = {}
    slots = EngineSlots(lambda name: workers.setdefault(name, Slow()), separate_generation_slot)
    for queue in ("training.a", "generation.a"):
        thread = _ring(slots, queue)
        wait_until(lambda queue=queue: separate_generation_slot(queue) in workers)
        workers[separate_generation_slot(queue)].let_go.set()
        thread.join(10)
    slots.close()
    assert all(worker.closed for worker in workers.values())
