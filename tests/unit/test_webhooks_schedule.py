import random
from datetime import UTC, datetime, timedelta

import pytest

from services.webhooks.http_post import PostResult
from services.webhooks.messages import MAX_BODY_BYTES, body_of
from services.webhooks.retry_schedule import MAX_JITTER, RETRY_SCHEDULE, NextAttempt, after_attempt
from shared.schemas.endpoint import DeliveryState

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def _after(answer: PostResult, num_attempts: int = 1, seed: int = 0) -> NextAttempt:
    return after_attempt(answer, num_attempts, NOW, random.Random(seed))


def test_the_retry_schedule_is_the_documented_one() -> None:
    assert RETRY_SCHEDULE == (0, 5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)


@pytest.mark.parametrize("num_attempts", range(1, 10))
def test_a_failure_is_retried_never_early(num_attempts: int) -> None:
    waits = {_after(PostResult(500), num_attempts, seed).at for seed in range(50)}
    assert len(waits) == 50
    for at in waits:
        assert at is not None
        assert (
            RETRY_SCHEDULE[num_attempts]
            <= (at - NOW).total_seconds()
            <= RETRY_SCHEDULE[num_attempts] * (1 + MAX_JITTER) + 1e-6
        )


@pytest.mark.parametrize(
    "answer", [PostResult(500), PostResult(None, "refused"), PostResult(301), PostResult(429, retry_after="5")]
)
def test_after_the_last_attempt_it_has_failed(answer: PostResult) -> None:
    assert _after(answer, len(RETRY_SCHEDULE) - 1).state == DeliveryState.PENDING
    assert _after(answer, len(RETRY_SCHEDULE)) == NextAttempt(DeliveryState.FAILED)


def test_the_three_ends() -> None:
    assert _after(PostResult(204)) == NextAttempt(DeliveryState.DELIVERED)
    assert _after(PostResult(410)) == NextAttempt(DeliveryState.DISABLED)
    assert _after(PostResult(None, "refused", final=True)) == NextAttempt(DeliveryState.FAILED)


@pytest.mark.parametrize(
    ("retry_after", "seconds"),
    [("3600", 3600), ("Thu, 01 Jan 2026 02:00:00 GMT", 7200), ("9999999", 86400)],
)
def test_retry_after_is_honoured_up_to_a_day(retry_after: str, seconds: float) -> None:
    assert _after(PostResult(429, retry_after=retry_after)).at == NOW + timedelta(seconds=seconds)


def test_retry_after_does_not_shorten_the_schedule() -> None:
    at = _after(PostResult(429, retry_after="1"), num_attempts=4).at
    assert at is not None
    assert at >= NOW + timedelta(hours=2)


def test_a_body_is_compact_and_ordered() -> None:
    payload = {"id": "evt_1", "type": "training.succeeded", "timestamp": "2026-01-01T00:00:00Z", "data": {"a": "ü"}}
    assert body_of(payload) == '{"type":"training.succeeded","timestamp":"2026-01-01T00:00:00Z","data":{"a":"ü"}}'


def test_a_body_stays_under_20_kb() -> None:
    error = {"code": "x", "message": "long " * 9000, "retryable": False, "fault": "user"}
    data = {"id": "job_1", "metadata": {str(key): "ü" * 512 for key in range(16)}, "error": error}
    body = body_of({"id": "evt_1", "type": "training.failed", "timestamp": "t", "data": data})
    assert len(body.encode()) < MAX_BODY_BYTES
    assert '"id":"job_1"' in body
    assert '"metadata":{}' in body
    odd = {"id": "job_1", "other": "x" * MAX_BODY_BYTES}
    body = body_of({"id": "evt_1", "type": "t", "timestamp": "t", "data": odd})
    assert body == '{"type":"t","timestamp":"t","data":{"id":"job_1"}}'
