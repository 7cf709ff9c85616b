from datetime import UTC, datetime

import pytest
from sqlalchemy.exc import OperationalError

from services.jobs.state.types import HeartbeatReply
from shared.errors import Fenced, NotFound
from shared.schemas.job import Progress
from tests.waiting import wait_until
from worker.attempt.heartbeat import Heartbeat, LeaseStatus

SOON = datetime(2026, 1, 1, tzinfo=UTC)
QUIET = HeartbeatReply(cancel=False, finish_by=None, lease_until=SOON)


class JobSetup:
    """Answers beats with what it is told to."""

    def __init__(self) -> None:
        self.answer: HeartbeatReply | Exception = QUIET
        self.beats: list[Progress | None] = []

    def __call__(self, progress: Progress | None) -> HeartbeatReply:
        self.beats.append(progress)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def record() -> JobSetup:
    return JobSetup()


def _heart(record: JobSetup, *, every: float = 3600.0, lease: float = 3600.0) -> Heartbeat:
    return Heartbeat(record, beat_seconds=every, lease_seconds=lease)


def _away() -> OperationalError:
    return OperationalError("UPDATE", {}, OSError("the database is away"))


def test_it_beats_by_itself(record: JobSetup):
    with _heart(record, every=0.01):
        wait_until(lambda: len(record.beats) >= 3)


def test_it_beats_at_once_when_it_hears_that_there_is_news(record: JobSetup):
    """A canceled job must not hold the accelerator until the next beat is due."""
    news = iter([False, _away(), True])

    def listen() -> bool:
        heard = next(news)
        if isinstance(heard, Exception):
            raise heard
        return heard

    record.answer = HeartbeatReply(cancel=True, finish_by=None, lease_until=SOON)
    with Heartbeat(record, beat_seconds=3600.0, lease_seconds=3600.0, listen=listen) as heart:
        wait_until(lambda: heart.order is LeaseStatus.CANCEL)
    assert len(record.beats) == 1


def test_progress_travels_once(record: JobSetup):
    heart, progress = _heart(record), Progress(phase="training", step=3, total_steps=9)
    heart.report(progress)
    heart.beat()
    heart.beat()
    assert record.beats == [progress, None]


def test_a_beat_brings_back_cancel_and_deadline(record: JobSetup):
    record.answer = HeartbeatReply(cancel=True, finish_by=SOON, lease_until=SOON)
    heart = _heart(record)
    assert heart.beat() is LeaseStatus.CANCEL
    assert (heart.order, heart.finish_by) == (LeaseStatus.CANCEL, SOON)


@pytest.mark.parametrize("answer", [Fenced("attempt 2 has it"), NotFound("the job is gone")])
def test_once_fenced_always_fenced(record: JobSetup, answer: Exception):
    heart = _heart(record)
    record.answer = answer
    assert heart.beat() is LeaseStatus.FENCED
    record.answer = QUIET
    assert heart.beat() is LeaseStatus.FENCED
    assert len(record.beats) == 1


def test_a_fenced_heart_stops_beating(record: JobSetup):
    record.answer = Fenced("attempt 2 has it")
    with _heart(record, every=0.01) as heart:
        wait_until(lambda: heart.order is LeaseStatus.FENCED)
        wait_until(lambda: not heart._thread.is_alive())
    assert len(record.beats) == 1


def test_a_database_that_is_away_for_a_moment_changes_nothing(record: JobSetup):
    record.answer = _away()
    assert _heart(record).beat() is LeaseStatus.CARRY_ON


def test_a_database_that_is_away_for_a_whole_lease_fences(record: JobSetup):
    record.answer = _away()
    with _heart(record, every=0.01, lease=0.05) as heart:
        wait_until(lambda: heart.order is LeaseStatus.FENCED)


def test_a_heart_that_thaws_tells_the_record_before_it_gives_up(record: JobSetup):
    """Its connection died while it was frozen; the next one brings the refusal, which is then on record."""
    answers = iter([_away(), Fenced("attempt 2 has it")])

    def say(progress: Progress | None) -> HeartbeatReply:
        record.answer = next(answers)
        return record(progress)

    heart = Heartbeat(say, beat_seconds=3600.0, lease_seconds=-1.0)
    assert heart.beat() is LeaseStatus.FENCED
    assert len(record.beats) == 2


def test_a_stopped_heart_says_nothing_more(record: JobSetup):
    with _heart(record, every=0.01) as heart:
        wait_until(lambda: record.beats)
        heart.stop()
        num_beats = len(record.beats)
        assert not heart._thread.is_alive()
    assert len(record.beats) == num_beats
