"""Exponential backoff with jitter between the attempts of a job. Pure arithmetic, no database."""

import random
from dataclasses import dataclass, field
from datetime import timedelta

MAX_SECONDS = 600.0
MAX_JITTER = 0.5
_MAX_DOUBLINGS = 30


@dataclass(frozen=True, kw_only=True)
class Backoff:
    """Doubling delays, so that a faulty worker cannot use up a job's attempts within seconds.

    Jobs that failed together do not come back together: each waits up to half as long again, by chance.
    """

    first_seconds: float = 10.0
    rng: random.Random = field(default_factory=random.Random)

    def after_failure(self, num_failed: int, num_lost: int) -> timedelta:
        """The delay after a failed attempt, from the numbers of failed and lost attempts so far."""
        return self._wait(num_failed + max(0, num_lost - 1))

    def after_loss(self, num_failed: int, num_lost: int) -> timedelta:
        """The delay after a lost attempt. Zero after the first: the job need not be the cause."""
        return timedelta(0) if num_lost <= 1 else self._wait(num_failed + num_lost - 1)

    def _wait(self, num_attempts: int) -> timedelta:
        doubled = self.first_seconds * 2.0 ** min(num_attempts - 1, _MAX_DOUBLINGS)
        return timedelta(seconds=min(doubled, MAX_SECONDS) * self.rng.uniform(1, 1 + MAX_JITTER))


BACKOFF = Backoff()
