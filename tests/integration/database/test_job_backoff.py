"""Attempts follow each other with a pause, and rather on another worker."""

from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import select

from services import outbox
from services.db.tables import JobRow, OutboxRow
from services.jobs.scheduling import workers
from services.jobs.scheduling.backoff import Backoff
from services.jobs.scheduling.fairness import AVOID_WORKER_COOLDOWN
from services.jobs.state.types import ClaimedJob
from tests.job_setup import CRASH, GENERATIONS, LEASE, JobSetup

FIRST = Backoff(rng=Random(0)).after_failure(1, 0)
MOMENT = timedelta(microseconds=1)


@pytest.fixture(autouse=True)
def real_waits(record: JobSetup) -> None:
    record.backoff = Backoff(rng=Random(0))


def check_in(record: JobSetup, *names: str) -> None:
    with record.db.write() as session:
        for name in names:
            workers.check_in(session, name, [GENERATIONS], record.clock.now())


def notifications_due(record: JobSetup) -> int:
    """Rings that a relay would send now; they are sent."""
    with record.db.write() as session:
        items = outbox.take(session, outbox.NOTIFY, 100, record.clock.now())
        for item in items:
            outbox.done(session, item.id)
    return len(items)


def failed(record: JobSetup, worker: str = "worker-1") -> ClaimedJob:
    job = record.claim(worker=worker)
    assert job is not None
    record.fail(job, CRASH)
    notifications_due(record)
    return job


def lose(record: JobSetup) -> None:
    record.claimed()
    record.later(LEASE + 1)
    record.reap()


def test_a_job_that_failed_waits_and_is_notified_when_it_is_due(record: JobSetup):
    record.generate()
    job = failed(record)
    due = record.clock.now() + FIRST
    assert record.resource(job.id).not_before == due
    record.later((FIRST - MOMENT).total_seconds())
    check_in(record, "worker-1")
    with record.db.write() as session:
        assert workers.notify_idle(session, record.clock.now()) == []
    assert (record.claim(), notifications_due(record)) == (None, 0)
    record.later(MOMENT.total_seconds())
    assert notifications_due(record) == 1
    assert record.claimed().attempt == 2
    assert record.resource(job.id).not_before is None


def test_a_job_whose_worker_died_waits_only_when_that_happens_again(record: JobSetup):
    record.generate()
    lose(record)
    lose(record)
    assert record.claim() is None
    record.later(FIRST.total_seconds())
    assert record.claimed().attempt == 3


def test_giving_back_costs_neither_time_nor_an_attempt(record: JobSetup):
    record.generate()
    for number in range(1, 6):
        job = record.claimed()
        assert job.attempt == number
        record.release(job)
    lose(record)
    assert record.claimed().attempt == 7


def test_a_canceled_job_waits_for_nothing(record: JobSetup):
    record.generate()
    job = failed(record)
    record.cancel(job.id)
    assert (record.resource(job.id).state, record.resource(job.id).not_before) == ("canceled", None)


def test_the_worker_that_failed_leaves_the_job_to_one_that_is_idle(record: JobSetup):
    record.generate()
    failed(record)
    record.later(FIRST.total_seconds())
    check_in(record, "worker-1", "worker-2")
    notifications_due(record)
    assert record.claim() is None
    record.later(workers.PASS_ON.total_seconds())
    assert notifications_due(record) == 1  # the notification is passed on to another worker
    job = record.claim(worker="worker-2")
    assert job is not None
    assert job.attempt == 2


def test_it_takes_other_jobs_meanwhile(record: JobSetup):
    record.generate()
    first = failed(record)
    other = record.generate()
    record.later(FIRST.total_seconds())
    check_in(record, "worker-1", "worker-2")
    assert record.claimed().id == other.id
    assert record.resource(first.id).state == "queued"


@pytest.mark.parametrize("other", ["busy", "silent", "deaf"])
def test_it_takes_the_job_when_the_other_worker_does_not(record: JobSetup, other: str):
    record.generate()
    job = failed(record)
    if other == "silent":
        check_in(record, "worker-2")
    record.later(FIRST.total_seconds())
    if other == "busy":
        record.generate(priority=5)
        check_in(record, "worker-2")
        assert record.claim(worker="worker-2") is not None
    if other == "deaf":  # it says that it is idle, and takes nothing
        record.later(AVOID_WORKER_COOLDOWN.total_seconds())
        check_in(record, "worker-2")
    assert record.claimed().id == job.id


def test_a_lost_notification_is_repeated(record: JobSetup):
    record.generate()
    job = failed(record)
    with record.db.read() as session:
        row = session.get(JobRow, job.id)
        waiting = session.scalars(select(OutboxRow.id).where(OutboxRow.topic == outbox.NOTIFY))
    assert row is not None
    assert row.not_before is not None
    assert row.notify_at is not None
    assert row.notify_at > row.not_before
    assert len(waiting) == 1
