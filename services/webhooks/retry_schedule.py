"""When a delivery is tried again, and when no more: decided from how the attempt ended, nothing else."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.webhooks.http_post import Answer, seconds_asked
from shared.schemas.endpoint import DeliveryState

_MINUTE, _HOUR = 60.0, 3600.0
RETRY_SCHEDULE = (
    0.0, 5.0, 5 * _MINUTE, 30 * _MINUTE, 2 * _HOUR, 5 * _HOUR, 10 * _HOUR, 14 * _HOUR, 20 * _HOUR, 24 * _HOUR
)  # fmt: skip
"""Seconds before the first, second, ... attempt, each counted from the one before it."""
MAX_JITTER = 0.1
HOLD_SECONDS = 60.0
"""How long a delivery that is being tried is left alone: whoever tries it has died after that."""
LONGEST_WAIT = 24 * _HOUR
GONE = 410


@dataclass(frozen=True)
class Next:
    """What becomes of a delivery after an attempt."""

    state: DeliveryState
    at: datetime | None = None
    """When it is tried again; None once it is over."""


def after_attempt(answer: Answer, num_attempts: int, now: datetime, rng: random.Random) -> Next:
    """What follows the attempt number `num_attempts` (counted from one), which ended with this answer.

    2xx ends it well; 410 ends it; anything else climbs the ladder, later than that if `Retry-After` asks so.
    """
    if answer.delivered:
        return Next(DeliveryState.DELIVERED)
    if answer.status == GONE:
        return Next(DeliveryState.DISABLED)
    if answer.final or num_attempts >= len(RETRY_SCHEDULE):
        return Next(DeliveryState.FAILED)
    wait = RETRY_SCHEDULE[num_attempts] * rng.uniform(1, 1 + MAX_JITTER)
    asked = min(seconds_asked(answer.retry_after, now) or 0.0, LONGEST_WAIT)
    return Next(DeliveryState.PENDING, now + timedelta(seconds=max(wait, asked)))
