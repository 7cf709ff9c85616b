"""The workers of the platform that tests share."""

import subprocess

from tests.e2e.platform import Platform

Worker = subprocess.Popen[bytes]


class Workers:
    """The running worker; a new one if it was killed. A second one on request."""

    def __init__(self, production: Platform) -> None:
        self._production = production
        self._started: list[Worker] = []

    def serving(self) -> Worker:
        """The worker that was started last, or a new one if it has ended."""
        return self._alive()[-1] if self._is_last_alive else self.another()

    def another(self) -> Worker:
        """A new worker beside those that run."""
        self._started.append(self._production.worker())
        return self._started[-1]

    def pair(self) -> list[Worker]:
        """Two workers that serve the same queues, and no other."""
        while len(self._alive()) < 2:
            self.another()
        *surplus, first, second = self._alive()
        _end(surplus)
        return [first, second]

    def end(self) -> None:
        """End all running workers."""
        _end(self._alive())

    @property
    def _is_last_alive(self) -> bool:
        return bool(self._started) and self._started[-1].poll() is None

    def _alive(self) -> list[Worker]:
        return [worker for worker in self._started if worker.poll() is None]


def _end(workers: list[Worker]) -> None:
    for worker in workers:
        worker.terminate()
    for worker in workers:
        worker.wait(60)
