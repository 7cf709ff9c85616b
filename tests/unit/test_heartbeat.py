"""The heartbeat thread: what it sends, and the lease status that follows from the responses."""

from datetime import UTC, datetime

import pytest
from sqlalchemy.exc import DataError, OperationalError

from services.jobs.state.types import HeartbeatReply
from shared.errors import Fenced, NotFound
from shared.schemas.job import Progress
from tests.waiting import wait_until
from worker.attempt.heartbeat import Heartbeat, LeaseStatus

SOON = datetime(2026, 1, 1, tzinfo=UTC)
NO_REQUESTS = HeartbeatReply(cancel=False, finish_by=None, lease_until=SOON)


class HeartbeatEndpoint:
    """Records heartbeats and answers them with `response`, or raises it."""

    def __init__(self) -> None:
        self.response: HeartbeatReply | Exception = NO_REQUESTS
        self.received: list[Progress | None] = []

    def __call__(self, progress: Progress | None) -> HeartbeatReply:
        self.received.append(progress)
        if isinstance(self.response, Exception):
            raise self.response
        return self.response


@pytest.fixture
def endpoint() -> HeartbeatEndpoint:
    return HeartbeatEndpoint()


def _heartbeat(endpoint: HeartbeatEndpoint, *, every: float = 3600.0, lease: float = 3600.0) -> Heartbeat:
    return Heartbeat(endpoint, interval_seconds=every, lease_seconds=lease)


def _unreachable() -> OperationalError:
    return OperationalError("UPDATE", {}, OSError("the database is unreachable"))


def test_it_sends_at_its_interval(endpoint: HeartbeatEndpoint):
    with _heartbeat(endpoint, every=0.01):
        wait_until(lambda: len(endpoint.received) >= 3)


def test_it_sends_at_once_when_there_are_new_requests(endpoint: HeartbeatEndpoint):
    """A canceled job must not hold the accelerator until the next heartbeat is due."""
    polls = iter([False, _unreachable(), True])

    def has_new_requests() -> bool:
        answer = next(polls)
        if isinstance(answer, Exception):
            raise answer
        return answer

    endpoint.response = HeartbeatReply(cancel=True, finish_by=None, lease_until=SOON)
    with Heartbeat(
        endpoint, interval_seconds=3600.0, lease_seconds=3600.0, has_new_requests=has_new_requests
    ) as heartbeat:
        wait_until(lambda: heartbeat.status is LeaseStatus.CANCEL_REQUESTED)
    assert len(endpoint.received) == 1


def test_progress_is_sent_once(endpoint: HeartbeatEndpoint):
    heartbeat, progress = _heartbeat(endpoint), Progress(phase="training", step=3, total_steps=9)
    heartbeat.set_progress(progress)
    heartbeat.send()
    heartbeat.send()
    assert endpoint.received == [progress, None]


def test_a_response_brings_cancellation_and_deadline(endpoint: HeartbeatEndpoint):
    endpoint.response = HeartbeatReply(cancel=True, finish_by=SOON, lease_until=SOON)
    heartbeat = _heartbeat(endpoint)
    assert heartbeat.send() is LeaseStatus.CANCEL_REQUESTED
    assert (heartbeat.status, heartbeat.finish_by) == (LeaseStatus.CANCEL_REQUESTED, SOON)


@pytest.mark.parametrize("response", [Fenced("attempt 2 owns the job"), NotFound("the job was deleted")])
def test_fenced_is_final(endpoint: HeartbeatEndpoint, response: Exception):
    heartbeat = _heartbeat(endpoint)
    endpoint.response = response
    assert heartbeat.send() is LeaseStatus.FENCED
    endpoint.response = NO_REQUESTS
    assert heartbeat.send() is LeaseStatus.FENCED
    assert len(endpoint.received) == 1


def test_a_fenced_thread_ends(endpoint: HeartbeatEndpoint):
    endpoint.response = Fenced("attempt 2 owns the job")
    with _heartbeat(endpoint, every=0.01) as heartbeat:
        wait_until(lambda: heartbeat.status is LeaseStatus.FENCED)
        wait_until(lambda: not heartbeat.is_running)
    assert len(endpoint.received) == 1


def test_a_database_that_is_unreachable_for_a_moment_changes_nothing(endpoint: HeartbeatEndpoint):
    endpoint.response = _unreachable()
    assert _heartbeat(endpoint).send() is LeaseStatus.HELD


def test_a_database_that_is_unreachable_for_a_lease_fences(endpoint: HeartbeatEndpoint):
    endpoint.response = _unreachable()
    with _heartbeat(endpoint, every=0.01, lease=0.05) as heartbeat:
        wait_until(lambda: heartbeat.status is LeaseStatus.FENCED)


def test_after_a_suspension_it_tries_once_more_so_that_the_refusal_is_recorded(endpoint: HeartbeatEndpoint):
    """The connection broke while the process was suspended; the second try gets the refusal, which is recorded."""
    responses = iter([_unreachable(), Fenced("attempt 2 owns the job")])

    def send(progress: Progress | None) -> HeartbeatReply:
        endpoint.response = next(responses)
        return endpoint(progress)

    heartbeat = Heartbeat(send, interval_seconds=3600.0, lease_seconds=-1.0)
    assert heartbeat.send() is LeaseStatus.FENCED
    assert len(endpoint.received) == 2


def test_a_stopped_thread_sends_nothing_more(endpoint: HeartbeatEndpoint):
    with _heartbeat(endpoint, every=0.01) as heartbeat:
        wait_until(lambda: endpoint.received)
        heartbeat.stop()
        num_received = len(endpoint.received)
        assert not heartbeat.is_running
    assert len(endpoint.received) == num_received


@pytest.mark.parametrize("error", [ValueError("a surrogate"), DataError("UPDATE", {}, ValueError("a NUL"))])
def test_progress_that_cannot_be_stored_does_not_cost_the_lease(endpoint: HeartbeatEndpoint, error: Exception):
    def send(progress: Progress | None) -> HeartbeatReply:
        endpoint(progress)
        if progress is not None:
            raise error
        return NO_REQUESTS

    heartbeat = Heartbeat(send, interval_seconds=3600.0, lease_seconds=3600.0)
    heartbeat.set_progress(Progress(phase="training"))
    assert heartbeat.send() is LeaseStatus.HELD
    assert [progress is None for progress in endpoint.received] == [False, True]


def test_an_unforeseen_error_does_not_end_the_thread(endpoint: HeartbeatEndpoint):
    endpoint.response = RuntimeError("a bug")
    with Heartbeat(
        endpoint, interval_seconds=0.01, lease_seconds=3600.0, has_new_requests=lambda: bool(1 // 0)
    ) as heartbeat:
        wait_until(lambda: len(endpoint.received) >= 2)
        assert heartbeat.status is LeaseStatus.HELD
