import threading

from tests.waiting import wait_until
from worker.lanes import Lanes, generations_apart, one_lane


class Slow:
    """A queue worker that stays in its first queue until let go, and notices company."""

    def __init__(self) -> None:
        self.worked: list[str] = []
        self.let_go = threading.Event()
        self.closed = False
        self._alone = threading.Lock()

    def work(self, queue: str) -> None:
        assert self._alone.acquire(blocking=False), "two jobs at once in one lane"
        self.worked.append(queue)
        assert self.let_go.wait(10)
        self._alone.release()

    def close(self) -> None:
        self.closed = True


def _ring(lanes: Lanes, queue: str) -> threading.Thread:
    thread = threading.Thread(target=lanes.ring, args=[queue])
    thread.start()
    return thread


def test_a_ring_at_a_busy_lane_returns_at_once_and_is_answered_by_the_busy_thread():
    worker = Slow()
    lanes = Lanes(lambda _: worker, one_lane)
    busy = _ring(lanes, "training.a")
    wait_until(lambda: worker.worked)
    for queue in ("generation.a", "generation.a", "training.a"):
        lanes.ring(queue)
    worker.let_go.set()
    busy.join(10)
    assert worker.worked == ["training.a", "generation.a", "training.a"]


def test_a_generation_does_not_wait_for_a_training_when_it_has_a_lane_of_its_own():
    workers = {"training": Slow(), "generation": Slow()}
    lanes = Lanes(workers.__getitem__, generations_apart)
    training = _ring(lanes, "training.a")
    wait_until(lambda: workers["training"].worked)
    lanes.ring("evaluation.a")
    workers["generation"].let_go.set()
    lanes.ring("generation.a")
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
    lanes = Lanes(lambda _: worker, one_lane)
    try:
        lanes.ring("training.a")
    except RuntimeError:
        lanes.ring("training.b")
    assert worker.worked == ["training.a", "training.b"]


def test_closing_reaches_every_lane():
    workers: dict[str, Slow] = {}
    lanes = Lanes(lambda name: workers.setdefault(name, Slow()), generations_apart)
    for queue in ("training.a", "generation.a"):
        thread = _ring(lanes, queue)
        wait_until(lambda queue=queue: generations_apart(queue) in workers)
        workers[generations_apart(queue)].let_go.set()
        thread.join(10)
    lanes.close()
    assert all(worker.closed for worker in workers.values())
