"""Worker registrations and drains: a drain takes effect at the next claim and loses no notification."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from services import outbox
from services.db.tables import OutboxRow
from services.jobs.scheduling import workers
from services.jobs.scheduling.workers import FORGOTTEN_AFTER, SILENT_AFTER
from shared.errors import NotFound
from shared.schemas.worker import Drain, Worker, WorkerState
from tests.job_setup import GENERATIONS, TRAININGS, JobSetup

NAME = "worker-1"
"""The one that `JobSetup.claim` claims for."""


def check_in(job_setup: JobSetup, name: str = NAME) -> Drain | None:
    with job_setup.db.write() as session:
        return workers.check_in(session, name, [GENERATIONS, TRAININGS], job_setup.clock.now())


def look(job_setup: JobSetup, name: str = NAME) -> Worker:
    with job_setup.db.read() as session:
        return workers.view(workers.get(session, name), job_setup.clock.now())


def drain(job_setup: JobSetup, how: Drain | None) -> None:
    with job_setup.db.write() as session:
        if how is None:
            workers.resume(session, NAME, job_setup.clock.now())
        else:
            workers.drain(session, NAME, how)


def notified_queues(job_setup: JobSetup) -> list[str]:
    """The queues that a relay would notify now, which this call consumes."""
    with job_setup.db.write() as session:
        items = outbox.take(session, outbox.NOTIFY, 100, job_setup.clock.now())
        for item in items:
            outbox.done(session, item.id)
    return sorted(item.payload["queue"] for item in items)


def test_a_base_model_is_warm_cold_or_unserved(job_setup: JobSetup):
    def found() -> dict[str, str]:
        with job_setup.db.read() as session:
            return workers.readiness(session, ["tiny", "other"], job_setup.clock.now())

    assert found() == {"tiny": "unserved", "other": "unserved"}
    check_in(job_setup)
    assert found()["tiny"] == "cold"
    with job_setup.db.write() as session:
        workers.check_in(session, NAME, [GENERATIONS], job_setup.clock.now(), ["tiny"])
    assert found() == {"tiny": "warm", "other": "unserved"}
    drain(job_setup, Drain.FINISH)
    assert found()["tiny"] == "unserved"
    drain(job_setup, None)
    job_setup.later(SILENT_AFTER.total_seconds() + 1)
    assert found()["tiny"] == "unserved"


def test_a_worker_shows_what_it_does(job_setup: JobSetup):
    assert check_in(job_setup) is None
    assert (look(job_setup).state, look(job_setup).queues) == (WorkerState.IDLE, [GENERATIONS, TRAININGS])
    job = job_setup.generate()
    claimed = job_setup.claimed()
    assert (look(job_setup).state, look(job_setup).job_id) == (WorkerState.WORKING, job.id)
    drain(job_setup, Drain.FINISH)
    assert check_in(job_setup) is Drain.FINISH
    assert look(job_setup).state is WorkerState.DRAINING
    job_setup.finish(claimed)
    assert (look(job_setup).state, look(job_setup).job_id) == (WorkerState.DRAINED, None)
    job_setup.later(SILENT_AFTER.total_seconds() + 1)
    assert look(job_setup).state is WorkerState.SILENT


def test_a_drained_worker_claims_nothing_and_another_is_notified(job_setup: JobSetup):
    check_in(job_setup)
    job = job_setup.generate()
    notified_queues(job_setup)
    drain(job_setup, Drain.HAND_OVER)
    assert [job_setup.claim(), job_setup.claim()] == [None, None]
    assert notified_queues(job_setup) == []
    job_setup.later(2)
    assert notified_queues(job_setup) == [GENERATIONS]
    drain(job_setup, None)
    assert notified_queues(job_setup) == sorted([GENERATIONS, TRAININGS])
    assert job_setup.claimed().id == job.id


def test_a_drained_worker_rings_for_nothing_when_nothing_waits(job_setup: JobSetup):
    check_in(job_setup)
    drain(job_setup, Drain.FINISH)
    assert job_setup.claim() is None
    with job_setup.db.read() as session:
        assert session.scalars(select(OutboxRow.id).where(OutboxRow.topic == outbox.NOTIFY)) == []


def test_who_claims_a_job_notifies_another_worker_while_more_wait(job_setup: JobSetup):
    check_in(job_setup)
    for _ in range(4):
        job_setup.generate()
    notified_queues(job_setup)
    job_setup.claimed()
    assert notified_queues(job_setup) == []
    check_in(job_setup, "worker-2")
    job_setup.claimed()
    assert notified_queues(job_setup) == [GENERATIONS]
    job_setup.claim(worker="worker-2")
    assert notified_queues(job_setup) == []
    check_in(job_setup, "worker-3")
    job_setup.claimed()
    assert notified_queues(job_setup) == []


def test_an_expired_worker_registration_is_ignored(job_setup: JobSetup):
    check_in(job_setup)
    check_in(job_setup, "worker-2")
    with job_setup.db.write() as session:
        workers.check_out(session, NAME)
    with pytest.raises(NotFound):
        drain(job_setup, Drain.FINISH)
    job_setup.later((FORGOTTEN_AFTER + timedelta(seconds=1)).total_seconds())
    check_in(job_setup, "worker-3")
    with job_setup.db.write() as session:
        assert workers.delete_silent(session, job_setup.clock.now()) == 1
        assert [seen.row.name for seen in workers.list_workers(session, 10)] == ["worker-3"]
        assert workers.list_workers(session, 10, "worker-3") == []
