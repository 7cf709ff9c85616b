"""The sweep: lost leases, missed deadlines, lost notifications."""

from datetime import timedelta

from sqlalchemy import delete, select

from services.db.tables import OutboxRow
from services.jobs.lifecycle import dead_letters, reaping
from services.jobs.lifecycle.reaping import DEADLINE_GRACE, NUM_LAST_LOG_LINES
from services.jobs.scheduling.notifications import notify_waiting
from services.jobs.state import logs
from services.jobs.state.logs import LogEntry
from services.jobs.state.types import Reaped
from tests.job_setup import GENERATIONS, LEASE, TRAININGS, JobSetup


def test_a_held_lease_is_left_alone(job_setup: JobSetup):
    job_setup.generate()
    claimed = job_setup.claimed()
    job_setup.later(LEASE)
    assert job_setup.reap() == Reaped()
    job_setup.beat(claimed)
    job_setup.later(LEASE)
    assert job_setup.reap() == Reaped()


def test_a_lost_attempt_queues_the_job_again(job_setup: JobSetup):
    job_setup.generate()
    claimed = job_setup.claimed()
    job_setup.later(LEASE + 1)
    assert job_setup.reap() == Reaped(requeued=(claimed.id,))
    assert job_setup.reap() == Reaped()
    job = job_setup.resource(claimed.id)
    assert (job.state, job.attempts[0].outcome, job.progress.fraction) == ("queued", "lost", 0.0)
    assert job_setup.claimed().attempt == 2


def test_a_beat_before_the_sweep_still_counts(job_setup: JobSetup):
    job_setup.generate()
    claimed = job_setup.claimed()
    job_setup.later(LEASE + 1)
    job_setup.beat(claimed)
    assert job_setup.reap() == Reaped()


def test_the_last_attempt_ends_the_job(job_setup: JobSetup):
    submitted = job_setup.generate()
    for _ in range(2):
        job_setup.claimed()
        job_setup.later(LEASE + 1)
        assert job_setup.reap(max_attempts=2) in (Reaped((submitted.id,)), Reaped(failed=(submitted.id,)))
    job = job_setup.resource(submitted.id)
    assert job.error is not None
    assert (job.state, job.attempt, [one.outcome for one in job.attempts]) == ("failed", 2, ["lost", "lost"])
    assert (job.error.code, job.error.retryable, job.error.fault) == ("attempts_exhausted", True, "service")
    assert job_setup.claim() is None


def test_a_dead_letter_has_the_last_log_lines(job_setup: JobSetup):
    """The last log lines of the job's own attempts, in order."""
    for _ in range(2):
        job_setup.generate()
    claimed, other = job_setup.claimed(), job_setup.claimed()
    said = [
        LogEntry(job_setup.clock.now(), "info", f"engine: line {number}") for number in range(1, NUM_LAST_LOG_LINES + 3)
    ]
    with job_setup.db.write() as session:
        logs.write(session, claimed.id, 1, said)
        logs.write(session, other.id, 1, [LogEntry(job_setup.clock.now(), "info", "another tenant's")])
    job_setup.later(LEASE + 1)
    job_setup.reap(max_attempts=1)
    with job_setup.db.read() as session:
        [letter] = [one for one in dead_letters.list_page(session, "job", 10, None) if one.id == claimed.id]
    reported = "\n".join(line.message for line in said[2:])
    assert letter.reason == f"attempts_exhausted: the worker was lost in the last of 1 attempts\n{reported}"


def test_a_lost_worker_cannot_confirm_a_cancellation_so_the_sweep_does(job_setup: JobSetup):
    job_setup.generate()
    claimed = job_setup.claimed()
    job_setup.cancel(claimed.id)
    job_setup.later(LEASE + 1)
    assert job_setup.reap() == Reaped(canceled=(claimed.id,))
    job = job_setup.resource(claimed.id)
    assert (job.state, job.finished_at, job.attempts[0].outcome) == ("canceled", job_setup.clock.now(), "lost")


def test_jobs_of_many_tenants_are_reaped_together(job_setup: JobSetup):
    for tenant in (job_setup.tenant, job_setup.new_tenant("b"), job_setup.new_tenant("c")):
        job_setup.generate(tenant)
    for _ in range(3):
        job_setup.claimed()
    job_setup.later(LEASE + 1)
    assert len(job_setup.reap().requeued) == 3


# ---------------------------------------------------------------- deadlines


def test_a_job_that_cannot_start_in_time_fails(job_setup: JobSetup):
    for deadline in ("start_by", "finish_by"):
        job = job_setup.generate(deadlines={deadline: job_setup.clock.now() + timedelta(seconds=10)})
        job_setup.later(10)
        assert job_setup.reap() == Reaped()
        job_setup.later(1)
        assert job_setup.reap() == Reaped(failed=(job.id,))
        error = job_setup.resource(job.id).error
        assert error is not None
        assert (error.code, error.retryable) == (f"{deadline}_missed", True)


def test_start_by_does_not_concern_a_job_that_has_started(job_setup: JobSetup):
    job_setup.generate(deadlines={"start_by": job_setup.clock.now() + timedelta(seconds=10)})
    claimed = job_setup.claimed()
    job_setup.later(30)
    assert job_setup.reap() == Reaped()
    job_setup.finish(claimed)


def test_start_by_does_not_concern_a_job_that_started_and_lost_its_worker(job_setup: JobSetup):
    job_setup.generate(deadlines={"start_by": job_setup.clock.now() + timedelta(seconds=10)})
    lost = job_setup.claimed()
    job_setup.later(3600)
    assert job_setup.reap() == Reaped(requeued=(lost.id,))
    assert job_setup.reap() == Reaped()
    job_setup.finish(job_setup.claimed())
    assert job_setup.resource(lost.id).state == "succeeded"


def test_a_worker_that_ignores_the_deadline_is_fenced(job_setup: JobSetup):
    job_setup.generate(deadlines={"finish_by": job_setup.clock.now() + timedelta(seconds=10)})
    claimed = job_setup.claimed()
    job_setup.later(10 + DEADLINE_GRACE.total_seconds())
    job_setup.beat(claimed)
    assert job_setup.reap() == Reaped()
    job_setup.later(1)
    assert job_setup.reap() == Reaped(failed=(claimed.id,))
    job = job_setup.resource(claimed.id)
    assert job.error is not None
    assert (job.error.code, job.attempts[0].outcome) == ("finish_by_missed", "lost")


def test_a_lost_job_past_its_deadline_is_not_queued_again(job_setup: JobSetup):
    job_setup.generate(deadlines={"finish_by": job_setup.clock.now() + timedelta(seconds=10)})
    claimed = job_setup.claimed()
    job_setup.later(LEASE + 1)
    assert job_setup.reap() == Reaped(failed=(claimed.id,))


# ---------------------------------------------------------------- rings


def notified(job_setup: JobSetup) -> list[str]:
    """The queues that the sweep notifies, in rows of the outbox that replace the present ones."""
    with job_setup.db.write() as session:
        session.execute(delete(OutboxRow))
        queues = notify_waiting(session, job_setup.clock.now())
        assert notify_waiting(session, job_setup.clock.now()) == queues
        assert len(session.scalars(select(OutboxRow.id).where(OutboxRow.topic == "ring"))) == len(queues)
    return queues


def test_a_queue_is_notified_once_however_many_jobs_wait_in_it(job_setup: JobSetup):
    for tenant in (job_setup.tenant, job_setup.new_tenant("other")):
        job_setup.generate(tenant)
        job_setup.generate(tenant)
    job_setup.train()
    assert notified(job_setup) == [GENERATIONS, TRAININGS]


def test_running_and_ended_jobs_are_not_notified(job_setup: JobSetup):
    job_setup.cancel(job_setup.generate().id)
    job_setup.generate()
    job_setup.claimed()
    job_setup.later(1000)
    assert notified(job_setup) == []


def test_a_process_that_alone_serves_the_database_ends_every_lease_at_its_start(job_setup: JobSetup):
    job_setup.generate()
    claimed = job_setup.claimed()
    with job_setup.db.write() as session:
        assert reaping.expire_all_leases(session, now=job_setup.clock.now()) == 1
        assert reaping.expire_all_leases(session, now=job_setup.clock.now()) == 0
    assert job_setup.reap() == Reaped(requeued=(claimed.id,))
