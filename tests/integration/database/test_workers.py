"""Who works, and who shall take no more: a drain takes effect at the next claim and loses no notification."""

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


def check_in(record: JobSetup, name: str = NAME) -> Drain | None:
    with record.db.write() as session:
        return workers.check_in(session, name, [GENERATIONS, TRAININGS], record.clock.now())


def look(record: JobSetup, name: str = NAME) -> Worker:
    with record.db.read() as session:
        return workers.view(workers.get(session, name), record.clock.now())


def drain(record: JobSetup, how: Drain | None) -> None:
    with record.db.write() as session:
        if how is None:
            workers.resume(session, NAME, record.clock.now())
        else:
            workers.drain(session, NAME, how)


def notified_queues(record: JobSetup) -> list[str]:
    """The queues that a relay would notify now, which this call consumes."""
    with record.db.write() as session:
        items = outbox.take(session, outbox.NOTIFY, 100, record.clock.now())
        for item in items:
            outbox.done(session, item.id)
    return sorted(item.payload["queue"] for item in items)


def test_a_base_model_is_warm_cold_or_unserved(record: JobSetup):
    def found() -> dict[str, str]:
        with record.db.read() as session:
            return workers.readiness(session, ["tiny", "other"], record.clock.now())

    assert found() == {"tiny": "unserved", "other": "unserved"}
    check_in(record)
    assert found()["tiny"] == "cold"
    with record.db.write() as session:
        workers.check_in(session, NAME, [GENERATIONS], record.clock.now(), ["tiny"])
    assert found() == {"tiny": "warm", "other": "unserved"}
    drain(record, Drain.FINISH)
    assert found()["tiny"] == "unserved"
    drain(record, None)
    record.later(SILENT_AFTER.total_seconds() + 1)
    assert found()["tiny"] == "unserved"


def test_a_worker_shows_what_it_does(record: JobSetup):
    assert check_in(record) is None
    assert (look(record).state, look(record).queues) == (WorkerState.IDLE, [GENERATIONS, TRAININGS])
    job = record.generate()
    claimed = record.claimed()
    assert (look(record).state, look(record).job_id) == (WorkerState.WORKING, job.id)
    drain(record, Drain.FINISH)
    assert check_in(record) is Drain.FINISH
    assert look(record).state is WorkerState.DRAINING
    record.finish(claimed)
    assert (look(record).state, look(record).job_id) == (WorkerState.DRAINED, None)
    record.later(SILENT_AFTER.total_seconds() + 1)
    assert look(record).state is WorkerState.SILENT


def test_a_drained_worker_claims_nothing_and_another_is_notified(record: JobSetup):
    check_in(record)
    job = record.generate()
    notified_queues(record)
    drain(record, Drain.HAND_OVER)
    assert [record.claim(), record.claim()] == [None, None]
    assert notified_queues(record) == []
    record.later(2)
    assert notified_queues(record) == [GENERATIONS]
    drain(record, None)
    assert notified_queues(record) == sorted([GENERATIONS, TRAININGS])
    assert record.claimed().id == job.id


def test_a_drained_worker_rings_for_nothing_when_nothing_waits(record: JobSetup):
    check_in(record)
    drain(record, Drain.FINISH)
    assert record.claim() is None
    with record.db.read() as session:
        assert session.scalars(select(OutboxRow.id).where(OutboxRow.topic == outbox.NOTIFY)) == []


def test_a_lost_notification_is_repeated_while_a_worker_is_idle(record: JobSetup):
    check_in(record)
    record.generate()
    notified_queues(record)  # and lost by the broker
    for _ in range(2):
        with record.db.write() as session:
            assert workers.notify_idle(session, record.clock.now()) == [GENERATIONS]
    assert notified_queues(record) == [GENERATIONS]
    record.claimed()
    record.generate()
    notified_queues(record)
    with record.db.write() as session:  # nobody is idle: whoever ends a job looks for the next
        assert workers.notify_idle(session, record.clock.now()) == []


def test_a_worker_that_is_gone_is_forgotten(record: JobSetup):
    check_in(record)
    check_in(record, "worker-2")
    with record.db.write() as session:
        workers.check_out(session, NAME)
    with pytest.raises(NotFound):
        drain(record, Drain.FINISH)
    record.later((FORGOTTEN_AFTER + timedelta(seconds=1)).total_seconds())
    check_in(record, "worker-3")
    with record.db.write() as session:
        assert workers.delete_silent(session, record.clock.now()) == 1
        assert [seen.row.name for seen in workers.list_workers(session, 10)] == ["worker-3"]
        assert workers.list_workers(session, 10, "worker-3") == []
