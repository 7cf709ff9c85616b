"""Backoff between attempts, and the preference for another worker."""

from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import delete

from services import outbox
from services.db.tables import OutboxRow
from services.jobs.scheduling import workers
from services.jobs.scheduling.backoff import Backoff
from services.jobs.scheduling.fairness import AVOID_WORKER_COOLDOWN
from services.jobs.scheduling.notifications import notify_waiting
from services.jobs.state.types import ClaimedJob
from tests.job_setup import CRASH, GENERATIONS, LEASE, JobSetup

FIRST = Backoff(rng=Random(0)).after_failure(1, 0)
MOMENT = timedelta(microseconds=1)


@pytest.fixture(autouse=True)
def real_waits(job_setup: JobSetup) -> None:
    job_setup.backoff = Backoff(rng=Random(0))


def check_in(job_setup: JobSetup, *names: str) -> None:
    with job_setup.db.write() as session:
        for name in names:
            workers.check_in(session, name, [GENERATIONS], job_setup.clock.now())


def notifications_due(job_setup: JobSetup) -> int:
    """Number of notifications that a relay would send now; they are marked as sent."""
    with job_setup.db.write() as session:
        items = outbox.take(session, outbox.NOTIFY, 100, job_setup.clock.now())
        for item in items:
            outbox.done(session, item.id)
    return len(items)


def failed(job_setup: JobSetup, worker: str = "worker-1") -> ClaimedJob:
    job = job_setup.claim(worker=worker)
    assert job is not None
    job_setup.fail(job, CRASH)
    notifications_due(job_setup)
    return job


def lose(job_setup: JobSetup) -> None:
    job_setup.claimed()
    job_setup.later(LEASE + 1)
    job_setup.reap()


def test_a_job_that_failed_waits_and_is_notified_when_it_is_due(job_setup: JobSetup):
    job_setup.generate()
    job = failed(job_setup)
    due = job_setup.clock.now() + FIRST
    assert job_setup.resource(job.id).not_before == due
    job_setup.later((FIRST - MOMENT).total_seconds())
    check_in(job_setup, "worker-1")
    with job_setup.db.write() as session:
        assert notify_waiting(session, job_setup.clock.now()) == []
    assert (job_setup.claim(), notifications_due(job_setup)) == (None, 0)
    job_setup.later(MOMENT.total_seconds())
    assert notifications_due(job_setup) == 1
    assert job_setup.claimed().attempt == 2
    assert job_setup.resource(job.id).not_before is None


def test_a_job_whose_worker_died_waits_only_when_that_happens_again(job_setup: JobSetup):
    job_setup.generate()
    lose(job_setup)
    lose(job_setup)
    assert job_setup.claim() is None
    job_setup.later(FIRST.total_seconds())
    assert job_setup.claimed().attempt == 3


def test_giving_back_costs_neither_time_nor_an_attempt(job_setup: JobSetup):
    job_setup.generate()
    for number in range(1, 6):
        job = job_setup.claimed()
        assert job.attempt == number
        job_setup.release(job)
    lose(job_setup)
    assert job_setup.claimed().attempt == 7


def test_a_canceled_job_waits_for_nothing(job_setup: JobSetup):
    job_setup.generate()
    job = failed(job_setup)
    job_setup.cancel(job.id)
    assert (job_setup.resource(job.id).state, job_setup.resource(job.id).not_before) == ("canceled", None)


def test_the_worker_that_failed_leaves_the_job_to_one_that_is_idle(job_setup: JobSetup):
    job_setup.generate()
    failed(job_setup)
    job_setup.later(FIRST.total_seconds())
    check_in(job_setup, "worker-1", "worker-2")
    notifications_due(job_setup)
    assert job_setup.claim() is None
    job_setup.later(workers.PASS_ON.total_seconds())
    assert notifications_due(job_setup) == 1  # the notification is passed on to another worker
    job = job_setup.claim(worker="worker-2")
    assert job is not None
    assert job.attempt == 2


def test_it_takes_other_jobs_meanwhile(job_setup: JobSetup):
    job_setup.generate()
    first = failed(job_setup)
    other = job_setup.generate()
    job_setup.later(FIRST.total_seconds())
    check_in(job_setup, "worker-1", "worker-2")
    assert job_setup.claimed().id == other.id
    assert job_setup.resource(first.id).state == "queued"


@pytest.mark.parametrize("other", ["busy", "silent", "deaf"])
def test_it_takes_the_job_when_the_other_worker_does_not(job_setup: JobSetup, other: str):
    job_setup.generate()
    job = failed(job_setup)
    if other == "silent":
        check_in(job_setup, "worker-2")
    job_setup.later(FIRST.total_seconds())
    if other == "busy":
        job_setup.generate(priority=5)
        check_in(job_setup, "worker-2")
        assert job_setup.claim(worker="worker-2") is not None
    if other == "deaf":  # it says that it is idle, and takes nothing
        job_setup.later(AVOID_WORKER_COOLDOWN.total_seconds())
        check_in(job_setup, "worker-2")
    assert job_setup.claimed().id == job.id


def test_a_lost_notification_is_repeated(job_setup: JobSetup):
    job_setup.generate()
    job = failed(job_setup)
    lost = notifications_due(job_setup)
    job_setup.later(FIRST.total_seconds())
    with job_setup.db.write() as session:
        session.execute(delete(OutboxRow).where(OutboxRow.topic == outbox.NOTIFY))
        assert notify_waiting(session, job_setup.clock.now()) == [job.queue]
    assert (lost, notifications_due(job_setup)) == (0, 1)
