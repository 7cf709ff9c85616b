"""Attempts: heartbeats, results, failures, cancellation, and fencing of an attempt that lost its job."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import delete, select

from services.concepts import service as concepts
from services.db.tables import JobRow, OutboxRow, TenantRow, VersionRow
from services.jobs.lifecycle import attempts
from services.jobs.state import logs, repository
from services.jobs.state.events import job_events
from services.jobs.state.logs import LogEntry
from services.jobs.state.transitions import IllegalTransition
from services.jobs.state.types import Checkpoint, ClaimedJob
from shared.errors import Fenced, JobFinished, NotFound
from shared.schemas.common import StoredFile
from shared.schemas.job import GenerationJob, Progress, TrainingJob, Usage
from tests.job_setup import BAD_CLIP, CRASH, LEASE, TRAININGS, JobSetup, outcome

HALFWAY = Progress(fraction=0.5, phase="training", step=10, total_steps=20, eta_seconds=9.0)


def webhooks(job_setup: JobSetup) -> list[dict[str, object]]:
    with job_setup.db.read() as session:
        query = select(OutboxRow).where(OutboxRow.topic == "webhook").order_by(OutboxRow.id)
        return [row.payload for row in session.scalars(query)]


# ---------------------------------------------------------------- success


def test_a_training_makes_a_version(job_setup: JobSetup):
    job_setup.train()
    claimed = job_setup.claimed(TRAININGS)
    job_setup.later(30)
    job_setup.finish(claimed, metrics={"motion_fidelity": 0.8})
    job = job_setup.resource(claimed.id)
    assert isinstance(job, TrainingJob)
    assert job.result is not None
    assert (job.state, job.progress.fraction, job.finished_at) == ("succeeded", 1.0, job_setup.clock.now())
    assert (job.result.concept_id, job.result.version) == (job_setup.concept, 1)
    assert job.result.metrics == {"motion_fidelity": 0.8}
    assert job.result.artifacts[0].url == f"http://storage.test/{claimed.prefix}adapter.safetensors"
    assert job.usage == Usage(gpu_seconds=2.0, peak_memory_bytes=100)
    assert [(one.outcome, one.ended_at) for one in job.attempts] == [("succeeded", job_setup.clock.now())]


def test_a_generation_makes_a_video(job_setup: JobSetup):
    job_setup.generate()
    claimed = job_setup.claimed()
    job_setup.finish(claimed, "video.mp4", "report.json")
    job = job_setup.resource(claimed.id)
    assert isinstance(job, GenerationJob)
    assert job.result is not None
    assert job.result.video.url == f"http://storage.test/{claimed.prefix}video.mp4"
    assert [file.name for file in job.result.artifacts] == ["video.mp4", "report.json"]


def test_a_training_whose_concept_was_deleted_fails(job_setup: JobSetup):
    job_setup.train()
    claimed = job_setup.claimed(TRAININGS)
    with job_setup.db.write() as session:
        concepts.delete(session, job_setup.tenant, job_setup.concept, job_setup.clock.now())
    job_setup.finish(claimed)
    job = job_setup.resource(claimed.id)
    assert job.error is not None
    assert (job.state, job.error.code, job.attempts[0].outcome) == ("failed", "concept_deleted", "failed")


# ---------------------------------------------------------------- beats


def test_a_beat_holds_the_lease_and_tells_progress(job_setup: JobSetup):
    deadline = job_setup.clock.now() + timedelta(hours=1)
    job_setup.train(deadlines={"finish_by": deadline})
    claimed = job_setup.claimed(TRAININGS)
    job_setup.later(50)
    beat = job_setup.beat(claimed, progress=HALFWAY, resumed_from_step=5)
    assert (beat.cancel, beat.finish_by) == (False, deadline)
    assert beat.lease_until == job_setup.clock.now() + timedelta(seconds=LEASE)
    job = job_setup.resource(claimed.id)
    assert (job.progress, job.state_seq, job.attempts[0].resumed_from_step) == (HALFWAY, 3, 5)


def test_a_heartbeat_without_changes_makes_no_event(job_setup: JobSetup):
    job_setup.train()
    claimed = job_setup.claimed(TRAININGS)
    job_setup.beat(claimed, progress=HALFWAY)
    job_setup.beat(claimed, progress=HALFWAY)
    job_setup.beat(claimed)
    assert job_setup.resource(claimed.id).state_seq == 3


def test_the_next_attempt_resumes_from_the_checkpoint(job_setup: JobSetup):
    job_setup.train()
    first = job_setup.claimed(TRAININGS)
    file = StoredFile(name="c", key=f"{first.prefix}c", size_bytes=1, sha256="2" * 64, content_type="x/y")
    checkpoint = Checkpoint(step=10, attempt=1, files=(file,))
    job_setup.beat(first, checkpoint=checkpoint)
    job_setup.fail(first, CRASH)
    second = job_setup.claimed(TRAININGS)
    assert (second.attempt, second.checkpoint, second.prefix) == (2, checkpoint, f"{second.job_prefix}attempt-2/")


def test_usage_adds_up_over_attempts(job_setup: JobSetup):
    job_setup.generate()
    first = job_setup.claimed()
    job_setup.beat(first, usage=Usage(gpu_seconds=3, peak_memory_bytes=500))
    job_setup.beat(first, usage=Usage(gpu_seconds=4, peak_memory_bytes=500))
    job_setup.fail(first, CRASH)
    job_setup.finish(job_setup.claimed())
    assert job_setup.resource(first.id).usage == Usage(gpu_seconds=6.0, peak_memory_bytes=500)


# ---------------------------------------------------------------- failure


def test_a_service_error_requeues_the_job(job_setup: JobSetup):
    job_setup.generate()
    for attempt in (1, 2):
        claimed = job_setup.claimed()
        assert job_setup.fail(claimed, CRASH).state == "queued", attempt
    assert job_setup.fail(job_setup.claimed(), CRASH).state == "failed"
    job = job_setup.resource(claimed.id)
    assert [(one.number, one.outcome, one.error) for one in job.attempts] == [(n, "failed", CRASH) for n in (1, 2, 3)]
    assert job.error == CRASH


def test_the_users_mistake_is_final(job_setup: JobSetup):
    job_setup.generate()
    claimed = job_setup.claimed()
    job_setup.fail(claimed, BAD_CLIP)
    job = job_setup.resource(claimed.id)
    assert (job.state, job.error, job.attempt) == ("failed", BAD_CLIP, 1)


def test_a_requeued_job_is_notified(job_setup: JobSetup):
    job_setup.generate()
    job_setup.fail(job_setup.claimed(), CRASH)
    with job_setup.db.read() as session:
        assert len(session.scalars(select(OutboxRow).where(OutboxRow.topic == "ring"))) == 2


# ---------------------------------------------------------------- cancellation


def test_a_queued_job_is_canceled_at_once(job_setup: JobSetup):
    job = job_setup.generate()
    assert job_setup.cancel(job.id).state == "canceled"
    assert job_setup.claim() is None
    assert job_setup.cancel(job.id).state_seq == 2  # a second request changes nothing


def test_a_running_job_is_canceled_by_its_worker(job_setup: JobSetup):
    job_setup.generate()
    claimed = job_setup.claimed()
    assert job_setup.cancel(claimed.id).state == "canceling"
    assert job_setup.cancel(claimed.id).state_seq == 3
    assert job_setup.beat(claimed).cancel
    job_setup.confirm_canceled(claimed)
    job = job_setup.resource(claimed.id)
    assert (job.state, job.attempts[0].outcome, job.state_seq) == ("canceled", "canceled", 4)
    with pytest.raises(Fenced):
        job_setup.finish(claimed)


def test_a_job_that_finishes_before_it_can_stop_has_finished(job_setup: JobSetup):
    job_setup.generate()
    claimed = job_setup.claimed()
    job_setup.cancel(claimed.id)
    assert job_setup.finish(claimed).state == "succeeded"
    with pytest.raises(JobFinished):
        job_setup.cancel(claimed.id)


def test_a_crash_while_canceling_is_a_cancellation(job_setup: JobSetup):
    job_setup.generate()
    claimed = job_setup.claimed()
    job_setup.cancel(claimed.id)
    assert job_setup.fail(claimed, CRASH).state == "canceled"


def test_a_cancellation_that_was_not_requested_is_not_confirmed(job_setup: JobSetup):
    job_setup.generate()
    with pytest.raises(IllegalTransition):
        job_setup.confirm_canceled(job_setup.claimed())


# ---------------------------------------------------------------- fencing

WRITES: dict[str, Callable[[JobSetup, ClaimedJob], object]] = {
    "beat": lambda job_setup, job: job_setup.beat(job, progress=HALFWAY),
    "finish": lambda job_setup, job: job_setup.finish(job),
    "fail": lambda job_setup, job: job_setup.fail(job, BAD_CLIP),
    "confirm_canceled": lambda job_setup, job: job_setup.confirm_canceled(job),
}


@pytest.mark.parametrize("what", WRITES)
def test_a_stale_attempt_writes_nothing_and_that_is_on_record(job_setup: JobSetup, what: str):
    job_setup.train()
    stale = job_setup.claimed(TRAININGS)
    job_setup.later(LEASE + 1)
    job_setup.reap()
    fresh = job_setup.claimed(TRAININGS)
    before = job_setup.resource(fresh.id)
    job_setup.later(1)
    with pytest.raises(Fenced, match="attempt 2"):
        WRITES[what](job_setup, stale)
    after = job_setup.resource(fresh.id)
    assert [(one.number, one.outcome) for one in after.attempts] == [(1, "lost"), (2, "running")]
    assert [(one.what, one.at) for one in after.attempts[0].refused_writes] == [(what, job_setup.clock.now())]
    assert after.model_copy(update={"attempts": before.attempts}) == before
    job_setup.finish(fresh)
    with job_setup.db.read() as session:
        assert session.scalars(select(VersionRow.version)) == [1]


@pytest.mark.parametrize("what", WRITES)
def test_a_finished_attempt_writes_nothing_more(job_setup: JobSetup, what: str):
    job_setup.generate()
    claimed = job_setup.claimed()
    job_setup.finish(claimed)
    with pytest.raises(Fenced):
        WRITES[what](job_setup, claimed)
    job = job_setup.resource(claimed.id)
    assert (job.state, job.state_seq) == ("succeeded", 3)
    assert [one.what for one in job.attempts[0].refused_writes] == [what]


def test_a_write_refused_elsewhere_is_put_on_record(job_setup: JobSetup):
    job_setup.generate()
    claimed = job_setup.claimed()
    with job_setup.db.write() as session:
        attempts.refused(session, claimed.id, 1, "manifest", now=job_setup.clock.now())
    assert [one.what for one in job_setup.resource(claimed.id).attempts[0].refused_writes] == ["manifest"]


def test_a_job_that_never_was_is_not_found(job_setup: JobSetup):
    job_setup.generate()
    claimed = job_setup.claimed()
    with job_setup.db.write() as session, pytest.raises(NotFound):
        attempts.beat(session, "job_none", claimed.attempt, now=job_setup.clock.now(), lease_seconds=LEASE)


# ---------------------------------------------------------------- events, webhooks, logs


def test_every_change_is_an_event_with_the_number_that_get_shows(job_setup: JobSetup):
    job_setup.train(webhook_url="https://x.test/")
    claimed = job_setup.claimed(TRAININGS)
    job_setup.beat(claimed, progress=HALFWAY)
    job_setup.fail(claimed, CRASH)
    last = job_setup.claimed(TRAININGS)
    job_setup.cancel(last.id)
    job_setup.finish(last)
    events = job_setup.events(last.id)
    reported = [
        ("queued", 1),
        ("running", 2),
        ("progress", 3),
        ("queued", 4),
        ("running", 5),
        ("canceling", 6),
        ("succeeded", 7),
    ]
    assert [(event.type, event.state_seq) for event in events] == [(f"training.{name}", seq) for name, seq in reported]
    assert [event.data["state_seq"] for event in events] == [seq for _, seq in reported]
    assert job_setup.resource(last.id).state_seq == 7
    assert [event.seq for event in job_setup.tenant_events()] == list(range(1, 9))
    assert job_setup.tenant_events()[-1].type == "concept.version.created"
    with job_setup.db.read() as session:
        later = job_events(session, repository.get(session, job_setup.tenant, last.id), 5, 1)
    assert [event.state_seq for event in later] == [6]


def test_webhooks_say_what_the_events_say(job_setup: JobSetup):
    job_setup.train(webhook_url="https://x.test/", metadata={"order": "7"})
    claimed = job_setup.claimed(TRAININGS)
    job_setup.beat(claimed, progress=HALFWAY)
    job_setup.finish(claimed)
    sent = webhooks(job_setup)
    assert [one["type"] for one in sent] == ["training.running", "training.succeeded", "concept.version.created"]
    reported = {event.id: event.data for event in job_setup.tenant_events()}
    assert all(one["data"] == reported[str(one["id"])] and one["url"] == "https://x.test/" for one in sent)
    data = sent[1]["data"]
    assert isinstance(data, dict)
    assert (data["version"], data["state_seq"], data["metadata"]) == (1, 4, {"order": "7"})


def test_a_rolled_back_transaction_sends_nothing(job_setup: JobSetup):
    job_setup.train()
    claimed = job_setup.claimed(TRAININGS)
    before = (job_setup.resource(claimed.id), len(job_setup.tenant_events()), len(webhooks(job_setup)))
    with pytest.raises(InterruptedError):
        _finish_and_die(job_setup, claimed)
    assert (job_setup.resource(claimed.id), len(job_setup.tenant_events()), len(webhooks(job_setup))) == before
    with job_setup.db.read() as session:
        assert session.scalars(select(VersionRow)) == []


def _finish_and_die(job_setup: JobSetup, claimed: ClaimedJob) -> None:
    with job_setup.db.write() as session:
        made = outcome(claimed, ["adapter.safetensors"])
        attempts.finish(session, claimed.id, claimed.attempt, made, now=job_setup.clock.now())
        raise InterruptedError


def test_logs_are_read_on_from_where_one_was(job_setup: JobSetup):
    job_setup.generate()
    claimed = job_setup.claimed()
    with job_setup.db.write() as session:
        now = job_setup.clock.now()
        logs.write(session, claimed.id, 1, [LogEntry(now, "info", "one"), LogEntry(now, "warning", "two")])
        logs.write(session, claimed.id, 1)
    with job_setup.db.read() as session:
        first, second = logs.lines(session, job_setup.tenant, claimed.id, 0, 10)
        assert [(line.level, line.message) for line in (first, second)] == [("info", "one"), ("warning", "two")]
        assert [line.id for line in logs.lines(session, job_setup.tenant, claimed.id, first.id, 10)] == [second.id]


def test_deleting_a_tenant_deletes_its_jobs(job_setup: JobSetup):
    job_setup.version()
    with job_setup.db.write() as session:
        session.execute(delete(TenantRow).where(TenantRow.id == job_setup.tenant))
        assert session.scalars(select(JobRow)) == []
