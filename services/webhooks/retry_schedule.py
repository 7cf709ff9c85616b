"""The retry schedule of deliveries, as a function of an attempt's outcome."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.webhooks.http_post import PostResult, retry_after_seconds
from shared.schemas.endpoint import DeliveryState

_MINUTE, _HOUR = 60.0, 3600.0
RETRY_SCHEDULE = (
    0.0, 5.0, 5 * _MINUTE, 30 * _MINUTE, 2 * _HOUR, 5 * _HOUR, 10 * _HOUR, 14 * _HOUR, 20 * _HOUR, 24 * _HOUR
)  # fmt: skip
"""Seconds before the first, second, ... attempt, counted from the preceding one."""
MAX_JITTER = 0.1
HOLD_SECONDS = 60.0
"""Time for which a sender holds a delivery; after it, another sender may attempt the delivery."""
MAX_RETRY_AFTER = 24 * _HOUR
GONE = 410


@dataclass(frozen=True)
class NextAttempt:
    """The state of a delivery after an attempt."""

    state: DeliveryState
    at: datetime | None = None
    """The time of the next attempt; None after the last one."""


def after_attempt(answer: PostResult, num_attempts: int, now: datetime, rng: random.Random) -> NextAttempt:
    """The next state after attempt `num_attempts` (counted from 1) with this result.

    2xx is delivered, 410 is failed; otherwise the next attempt follows the schedule, or later if `Retry-After` asks for
    it.
    """
    if answer.delivered:
        return NextAttempt(DeliveryState.DELIVERED)
    if answer.status == GONE:
        return NextAttempt(DeliveryState.DISABLED)
    if answer.final or num_attempts >= len(RETRY_SCHEDULE):
        return NextAttempt(DeliveryState.FAILED)
    wait = RETRY_SCHEDULE[num_attempts] * rng.uniform(1, 1 + MAX_JITTER)
    asked = min(retry_after_seconds(answer.retry_after, now) or 0.0, MAX_RETRY_AFTER)
    return NextAttempt(DeliveryState.PENDING, now + timedelta(seconds=max(wait, asked)))
