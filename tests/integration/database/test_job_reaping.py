"""The sweep: lost leases, missed deadlines, lost notifications."""

from datetime import timedelta
from itertools import pairwise

from sqlalchemy import delete, select

from services.db.tables import OutboxRow
from services.jobs.lifecycle import dead_letters, reaping
from services.jobs.lifecycle.reaping import DEADLINE_GRACE, MAX_NOTIFY_INTERVAL, NUM_LAST_LOG_LINES
from services.jobs.state import logs
from services.jobs.state.logs import LogEntry
from services.jobs.state.types import Reaped
from tests.job_setup import LEASE, JobSetup


def test_a_held_lease_is_left_alone(record: JobSetup):
    record.generate()
    claimed = record.claimed()
    record.later(LEASE)
    assert record.reap() == Reaped()
    record.beat(claimed)
    record.later(LEASE)
    assert record.reap() == Reaped()


def test_a_lost_attempt_queues_the_job_again(record: JobSetup):
    record.generate()
    claimed = record.claimed()
    record.later(LEASE + 1)
    assert record.reap() == Reaped(requeued=(claimed.id,))
    assert record.reap() == Reaped()
    job = record.resource(claimed.id)
    assert (job.state, job.attempts[0].outcome, job.progress.fraction) == ("queued", "lost", 0.0)
    assert record.claimed().attempt == 2


def test_a_beat_before_the_sweep_still_counts(record: JobSetup):
    record.generate()
    claimed = record.claimed()
    record.later(LEASE + 1)
    record.beat(claimed)
    assert record.reap() == Reaped()


def test_the_last_attempt_ends_the_job(record: JobSetup):
    submitted = record.generate()
    for _ in range(2):
        record.claimed()
        record.later(LEASE + 1)
        assert record.reap(max_attempts=2) in (Reaped((submitted.id,)), Reaped(failed=(submitted.id,)))
    job = record.resource(submitted.id)
    assert job.error is not None
    assert (job.state, job.attempt, [one.outcome for one in job.attempts]) == ("failed", 2, ["lost", "lost"])
    assert (job.error.code, job.error.retryable, job.error.fault) == ("attempts_exhausted", True, "service")
    assert record.claim() is None


def test_a_dead_letter_has_the_last_words(record: JobSetup):
    """Those of the job's attempts, in order, and nobody else's."""
    for _ in range(2):
        record.generate()
    claimed, other = record.claimed(), record.claimed()
    said = [
        LogEntry(record.clock.now(), "info", f"engine: line {number}") for number in range(1, NUM_LAST_LOG_LINES + 3)
    ]
    with record.db.write() as session:
        logs.write(session, claimed.id, 1, said)
        logs.write(session, other.id, 1, [LogEntry(record.clock.now(), "info", "another tenant's")])
    record.later(LEASE + 1)
    record.reap(max_attempts=1)
    with record.db.read() as session:
        [letter] = [one for one in dead_letters.list_page(session, "job", 10, None) if one.id == claimed.id]
    reported = "\n".join(line.message for line in said[2:])
    assert letter.reason == f"attempts_exhausted: the worker was lost in the last of 1 attempts\n{reported}"


def test_a_lost_worker_cannot_confirm_a_cancellation_so_the_sweep_does(record: JobSetup):
    record.generate()
    claimed = record.claimed()
    record.cancel(claimed.id)
    record.later(LEASE + 1)
    assert record.reap() == Reaped(canceled=(claimed.id,))
    job = record.resource(claimed.id)
    assert (job.state, job.finished_at, job.attempts[0].outcome) == ("canceled", record.clock.now(), "lost")


def test_jobs_of_many_tenants_are_reaped_together(record: JobSetup):
    for tenant in (record.tenant, record.new_tenant("b"), record.new_tenant("c")):
        record.generate(tenant)
    for _ in range(3):
        record.claimed()
    record.later(LEASE + 1)
    assert len(record.reap().requeued) == 3


# ---------------------------------------------------------------- deadlines


def test_a_job_that_cannot_start_in_time_fails(record: JobSetup):
    for deadline in ("start_by", "finish_by"):
        job = record.generate(deadlines={deadline: record.clock.now() + timedelta(seconds=10)})
        record.later(10)
        assert record.reap() == Reaped()
        record.later(1)
        assert record.reap() == Reaped(failed=(job.id,))
        error = record.resource(job.id).error
        assert error is not None
        assert (error.code, error.retryable) == (f"{deadline}_missed", True)


def test_start_by_does_not_concern_a_job_that_has_started(record: JobSetup):
    record.generate(deadlines={"start_by": record.clock.now() + timedelta(seconds=10)})
    claimed = record.claimed()
    record.later(30)
    assert record.reap() == Reaped()
    record.finish(claimed)


def test_start_by_does_not_concern_a_job_that_started_and_lost_its_worker(record: JobSetup):
    record.generate(deadlines={"start_by": record.clock.now() + timedelta(seconds=10)})
    lost = record.claimed()
    record.later(3600)
    assert record.reap() == Reaped(requeued=(lost.id,))
    assert record.reap() == Reaped()
    record.finish(record.claimed())
    assert record.resource(lost.id).state == "succeeded"


def test_a_worker_that_ignores_the_deadline_is_fenced(record: JobSetup):
    record.generate(deadlines={"finish_by": record.clock.now() + timedelta(seconds=10)})
    claimed = record.claimed()
    record.later(10 + DEADLINE_GRACE.total_seconds())
    record.beat(claimed)
    assert record.reap() == Reaped()
    record.later(1)
    assert record.reap() == Reaped(failed=(claimed.id,))
    job = record.resource(claimed.id)
    assert job.error is not None
    assert (job.error.code, job.attempts[0].outcome) == ("finish_by_missed", "lost")


def test_a_lost_job_past_its_deadline_is_not_queued_again(record: JobSetup):
    record.generate(deadlines={"finish_by": record.clock.now() + timedelta(seconds=10)})
    claimed = record.claimed()
    record.later(LEASE + 1)
    assert record.reap() == Reaped(failed=(claimed.id,))


# ---------------------------------------------------------------- rings


def notify(record: JobSetup, *, everything: bool = False) -> int:
    with record.db.write() as session:
        session.execute(delete(OutboxRow))
        count = reaping.notify_queued(session, now=record.clock.now(), everything=everything)
        assert len(session.scalars(select(OutboxRow.id).where(OutboxRow.topic == "ring"))) == count
    return count


def test_queued_jobs_are_notified_at_growing_intervals(record: JobSetup):
    record.generate()
    notified_at: list[int] = []
    for second in range(0, 4000, 30):
        if notify(record):
            notified_at.append(second)
        record.later(30)
    assert notified_at[:5] == [30, 60, 120, 240, 480]
    pauses = {later - earlier for earlier, later in pairwise(notified_at[5:])}
    assert pauses == {int(MAX_NOTIFY_INTERVAL.total_seconds())}


def test_running_and_ended_jobs_are_not_notified(record: JobSetup):
    record.cancel(record.generate().id)
    record.generate()
    record.claimed()
    record.later(1000)
    assert notify(record) == notify(record, everything=True) == 0


def test_every_queued_job_is_notified_at_start(record: JobSetup):
    record.generate()
    record.train()
    assert notify(record) == 0
    assert notify(record, everything=True) == 2


def test_a_process_that_alone_serves_the_database_ends_every_lease_at_its_start(record: JobSetup):
    record.generate()
    claimed = record.claimed()
    with record.db.write() as session:
        assert reaping.expire_all_leases(session, now=record.clock.now()) == 1
        assert reaping.expire_all_leases(session, now=record.clock.now()) == 0
    assert record.reap() == Reaped(requeued=(claimed.id,))
