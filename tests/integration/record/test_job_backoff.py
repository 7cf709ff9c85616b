"""Attempts follow each other with a pause, and rather on another worker."""

from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import select

from services import outbox
from services.db.tables import JobRow, OutboxRow
from services.jobs import workers
from services.jobs.backoff import Backoff
from services.jobs.fairness import SHY
from services.jobs.values import ClaimedJob
from tests.record import CRASH, GENERATIONS, LEASE, Record

FIRST = Backoff(rng=Random(0)).after_failure(1, 0)
MOMENT = timedelta(microseconds=1)


@pytest.fixture(autouse=True)
def real_waits(record: Record) -> None:
    record.backoff = Backoff(rng=Random(0))


def check_in(record: Record, *names: str) -> None:
    with record.db.write() as session:
        for name in names:
            workers.check_in(session, name, [GENERATIONS], record.clock.now())


def rings_due(record: Record) -> int:
    """Rings that a relay would send now; they are sent."""
    with record.db.write() as session:
        items = outbox.take(session, outbox.RING, 100, record.clock.now())
        for item in items:
            outbox.done(session, item.id)
    return len(items)


def failed(record: Record, worker: str = "worker-1") -> ClaimedJob:
    job = record.claim(worker=worker)
    assert job is not None
    record.fail(job, CRASH)
    rings_due(record)
    return job


def lose(record: Record) -> None:
    record.claimed()
    record.later(LEASE + 1)
    record.reap()


def test_a_job_that_failed_waits_and_is_rung_for_when_it_is_due(record: Record):
    record.generate()
    job = failed(record)
    due = record.clock.now() + FIRST
    assert record.resource(job.id).not_before == due
    record.later((FIRST - MOMENT).total_seconds())
    check_in(record, "worker-1")
    with record.db.write() as session:
        assert workers.ring_idle(session, record.clock.now()) == []
    assert (record.claim(), rings_due(record)) == (None, 0)
    record.later(MOMENT.total_seconds())
    assert rings_due(record) == 1
    assert record.claimed().attempt == 2
    assert record.resource(job.id).not_before is None


def test_a_job_whose_worker_died_waits_only_when_that_happens_again(record: Record):
    record.generate()
    lose(record)
    lose(record)
    assert record.claim() is None
    record.later(FIRST.total_seconds())
    assert record.claimed().attempt == 3


def test_giving_back_costs_neither_time_nor_an_attempt(record: Record):
    record.generate()
    for number in range(1, 6):
        job = record.claimed()
        assert job.attempt == number
        record.give_back(job)
    lose(record)
    assert record.claimed().attempt == 7


def test_a_canceled_job_waits_for_nothing(record: Record):
    record.generate()
    job = failed(record)
    record.cancel(job.id)
    assert (record.resource(job.id).state, record.resource(job.id).not_before) == ("canceled", None)


def test_the_worker_that_failed_leaves_the_job_to_one_that_is_idle(record: Record):
    record.generate()
    failed(record)
    record.later(FIRST.total_seconds())
    check_in(record, "worker-1", "worker-2")
    rings_due(record)
    assert record.claim() is None
    record.later(workers.PASS_ON.total_seconds())
    assert rings_due(record) == 1  # the ring that it heard is passed on
    job = record.claim(worker="worker-2")
    assert job is not None
    assert job.attempt == 2


def test_it_takes_other_jobs_meanwhile(record: Record):
    record.generate()
    first = failed(record)
    other = record.generate()
    record.later(FIRST.total_seconds())
    check_in(record, "worker-1", "worker-2")
    assert record.claimed().id == other.id
    assert record.resource(first.id).state == "queued"


@pytest.mark.parametrize("other", ["busy", "silent", "deaf"])
def test_it_takes_the_job_when_the_other_worker_does_not(record: Record, other: str):
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
        record.later(SHY.total_seconds())
        check_in(record, "worker-2")
    assert record.claimed().id == job.id


def test_a_ring_that_is_lost_meanwhile_is_rung_again(record: Record):
    record.generate()
    job = failed(record)
    with record.db.read() as session:
        row = session.get(JobRow, job.id)
        waiting = session.scalars(select(OutboxRow.id).where(OutboxRow.topic == outbox.RING))
    assert row is not None
    assert row.not_before is not None
    assert row.ring_at is not None
    assert row.ring_at > row.not_before
    assert len(waiting) == 1
