"""A job's life: beats, results, failures, cancellation, and the fence around an attempt that is no longer the one."""

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


def webhooks(record: JobSetup) -> list[dict[str, object]]:
    with record.db.read() as session:
        query = select(OutboxRow).where(OutboxRow.topic == "webhook").order_by(OutboxRow.id)
        return [row.payload for row in session.scalars(query)]


# ---------------------------------------------------------------- success


def test_a_training_makes_a_version(record: JobSetup):
    record.train()
    claimed = record.claimed(TRAININGS)
    record.later(30)
    record.finish(claimed, metrics={"motion_fidelity": 0.8})
    job = record.resource(claimed.id)
    assert isinstance(job, TrainingJob)
    assert job.result is not None
    assert (job.state, job.progress.fraction, job.finished_at) == ("succeeded", 1.0, record.clock.now())
    assert (job.result.concept_id, job.result.version) == (record.concept, 1)
    assert job.result.metrics == {"motion_fidelity": 0.8}
    assert job.result.artifacts[0].url == f"http://storage.test/{claimed.prefix}adapter.safetensors"
    assert job.usage == Usage(gpu_seconds=2.0, peak_memory_bytes=100)
    assert [(one.outcome, one.ended_at) for one in job.attempts] == [("succeeded", record.clock.now())]


def test_a_generation_makes_a_video(record: JobSetup):
    record.generate()
    claimed = record.claimed()
    record.finish(claimed, "video.mp4", "report.json")
    job = record.resource(claimed.id)
    assert isinstance(job, GenerationJob)
    assert job.result is not None
    assert job.result.video.url == f"http://storage.test/{claimed.prefix}video.mp4"
    assert [file.name for file in job.result.artifacts] == ["video.mp4", "report.json"]


def test_a_training_whose_concept_was_deleted_fails(record: JobSetup):
    record.train()
    claimed = record.claimed(TRAININGS)
    with record.db.write() as session:
        concepts.delete(session, record.tenant, record.concept, record.clock.now())
    record.finish(claimed)
    job = record.resource(claimed.id)
    assert job.error is not None
    assert (job.state, job.error.code, job.attempts[0].outcome) == ("failed", "concept_deleted", "failed")


# ---------------------------------------------------------------- beats


def test_a_beat_holds_the_lease_and_tells_progress(record: JobSetup):
    deadline = record.clock.now() + timedelta(hours=1)
    record.train(deadlines={"finish_by": deadline})
    claimed = record.claimed(TRAININGS)
    record.later(50)
    beat = record.beat(claimed, progress=HALFWAY, resumed_from_step=5)
    assert (beat.cancel, beat.finish_by) == (False, deadline)
    assert beat.lease_until == record.clock.now() + timedelta(seconds=LEASE)
    job = record.resource(claimed.id)
    assert (job.progress, job.state_seq, job.attempts[0].resumed_from_step) == (HALFWAY, 3, 5)


def test_a_beat_without_news_is_no_event(record: JobSetup):
    record.train()
    claimed = record.claimed(TRAININGS)
    record.beat(claimed, progress=HALFWAY)
    record.beat(claimed, progress=HALFWAY)
    record.beat(claimed)
    assert record.resource(claimed.id).state_seq == 3


def test_the_next_attempt_resumes_from_the_checkpoint(record: JobSetup):
    record.train()
    first = record.claimed(TRAININGS)
    file = StoredFile(name="c", key=f"{first.prefix}c", size_bytes=1, sha256="2" * 64, content_type="x/y")
    checkpoint = Checkpoint(step=10, attempt=1, files=(file,))
    record.beat(first, checkpoint=checkpoint)
    record.fail(first, CRASH)
    second = record.claimed(TRAININGS)
    assert (second.attempt, second.checkpoint, second.prefix) == (2, checkpoint, f"{second.job_prefix}attempt-2/")


def test_usage_adds_up_over_attempts(record: JobSetup):
    record.generate()
    first = record.claimed()
    record.beat(first, usage=Usage(gpu_seconds=3, peak_memory_bytes=500))
    record.beat(first, usage=Usage(gpu_seconds=4, peak_memory_bytes=500))
    record.fail(first, CRASH)
    record.finish(record.claimed())
    assert record.resource(first.id).usage == Usage(gpu_seconds=6.0, peak_memory_bytes=500)


# ---------------------------------------------------------------- failure


def test_a_service_error_requeues_the_job(record: JobSetup):
    record.generate()
    for attempt in (1, 2):
        claimed = record.claimed()
        assert record.fail(claimed, CRASH).state == "queued", attempt
    assert record.fail(record.claimed(), CRASH).state == "failed"
    job = record.resource(claimed.id)
    assert [(one.number, one.outcome, one.error) for one in job.attempts] == [(n, "failed", CRASH) for n in (1, 2, 3)]
    assert job.error == CRASH


def test_the_users_mistake_is_final(record: JobSetup):
    record.generate()
    claimed = record.claimed()
    record.fail(claimed, BAD_CLIP)
    job = record.resource(claimed.id)
    assert (job.state, job.error, job.attempt) == ("failed", BAD_CLIP, 1)


def test_a_requeued_job_is_notified(record: JobSetup):
    record.generate()
    record.fail(record.claimed(), CRASH)
    with record.db.read() as session:
        assert len(session.scalars(select(OutboxRow).where(OutboxRow.topic == "ring"))) == 2


# ---------------------------------------------------------------- cancellation


def test_a_queued_job_is_canceled_at_once(record: JobSetup):
    job = record.generate()
    assert record.cancel(job.id).state == "canceled"
    assert record.claim() is None
    assert record.cancel(job.id).state_seq == 2  # a second request changes nothing


def test_a_running_job_is_canceled_by_its_worker(record: JobSetup):
    record.generate()
    claimed = record.claimed()
    assert record.cancel(claimed.id).state == "canceling"
    assert record.cancel(claimed.id).state_seq == 3
    assert record.beat(claimed).cancel
    record.confirm_canceled(claimed)
    job = record.resource(claimed.id)
    assert (job.state, job.attempts[0].outcome, job.state_seq) == ("canceled", "canceled", 4)
    with pytest.raises(Fenced):
        record.finish(claimed)


def test_a_job_that_finishes_before_it_can_stop_has_finished(record: JobSetup):
    record.generate()
    claimed = record.claimed()
    record.cancel(claimed.id)
    assert record.finish(claimed).state == "succeeded"
    with pytest.raises(JobFinished):
        record.cancel(claimed.id)


def test_a_crash_while_canceling_is_a_cancellation(record: JobSetup):
    record.generate()
    claimed = record.claimed()
    record.cancel(claimed.id)
    assert record.fail(claimed, CRASH).state == "canceled"


def test_nobody_confirms_what_nobody_asked_for(record: JobSetup):
    record.generate()
    with pytest.raises(IllegalTransition):
        record.confirm_canceled(record.claimed())


# ---------------------------------------------------------------- fencing

WRITES: dict[str, Callable[[JobSetup, ClaimedJob], object]] = {
    "beat": lambda record, job: record.beat(job, progress=HALFWAY),
    "finish": lambda record, job: record.finish(job),
    "fail": lambda record, job: record.fail(job, BAD_CLIP),
    "confirm_canceled": lambda record, job: record.confirm_canceled(job),
}


@pytest.mark.parametrize("what", WRITES)
def test_a_stale_attempt_writes_nothing_and_that_is_on_record(record: JobSetup, what: str):
    record.train()
    stale = record.claimed(TRAININGS)
    record.later(LEASE + 1)
    record.reap()
    fresh = record.claimed(TRAININGS)
    before = record.resource(fresh.id)
    record.later(1)
    with pytest.raises(Fenced, match="attempt 2"):
        WRITES[what](record, stale)
    after = record.resource(fresh.id)
    assert [(one.number, one.outcome) for one in after.attempts] == [(1, "lost"), (2, "running")]
    assert [(one.what, one.at) for one in after.attempts[0].refused_writes] == [(what, record.clock.now())]
    assert after.model_copy(update={"attempts": before.attempts}) == before
    record.finish(fresh)
    with record.db.read() as session:
        assert session.scalars(select(VersionRow.version)) == [1]


@pytest.mark.parametrize("what", WRITES)
def test_a_finished_attempt_writes_nothing_more(record: JobSetup, what: str):
    record.generate()
    claimed = record.claimed()
    record.finish(claimed)
    with pytest.raises(Fenced):
        WRITES[what](record, claimed)
    job = record.resource(claimed.id)
    assert (job.state, job.state_seq) == ("succeeded", 3)
    assert [one.what for one in job.attempts[0].refused_writes] == [what]


def test_a_write_refused_elsewhere_is_put_on_record(record: JobSetup):
    record.generate()
    claimed = record.claimed()
    with record.db.write() as session:
        attempts.refused(session, claimed.id, 1, "manifest", now=record.clock.now())
    assert [one.what for one in record.resource(claimed.id).attempts[0].refused_writes] == ["manifest"]


def test_a_job_that_never_was_is_not_found(record: JobSetup):
    record.generate()
    claimed = record.claimed()
    with record.db.write() as session, pytest.raises(NotFound):
        attempts.beat(session, "job_none", claimed.attempt, now=record.clock.now(), lease_seconds=LEASE)


# ---------------------------------------------------------------- events, webhooks, logs


def test_every_change_is_an_event_with_the_number_that_get_shows(record: JobSetup):
    record.train(webhook_url="https://x.test/")
    claimed = record.claimed(TRAININGS)
    record.beat(claimed, progress=HALFWAY)
    record.fail(claimed, CRASH)
    last = record.claimed(TRAININGS)
    record.cancel(last.id)
    record.finish(last)
    events = record.events(last.id)
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
    assert record.resource(last.id).state_seq == 7
    assert [event.seq for event in record.tenant_events()] == list(range(1, 9))
    assert record.tenant_events()[-1].type == "concept.version.created"
    with record.db.read() as session:
        later = job_events(session, repository.get(session, record.tenant, last.id), 5, 1)
    assert [event.state_seq for event in later] == [6]


def test_webhooks_say_what_the_events_say(record: JobSetup):
    record.train(webhook_url="https://x.test/", metadata={"order": "7"})
    claimed = record.claimed(TRAININGS)
    record.beat(claimed, progress=HALFWAY)
    record.finish(claimed)
    sent = webhooks(record)
    assert [one["type"] for one in sent] == ["training.running", "training.succeeded", "concept.version.created"]
    reported = {event.id: event.data for event in record.tenant_events()}
    assert all(one["data"] == reported[str(one["id"])] and one["url"] == "https://x.test/" for one in sent)
    data = sent[1]["data"]
    assert isinstance(data, dict)
    assert (data["version"], data["state_seq"], data["metadata"]) == (1, 4, {"order": "7"})


def test_nothing_is_said_if_the_transaction_does_not_end_well(record: JobSetup):
    record.train()
    claimed = record.claimed(TRAININGS)
    before = (record.resource(claimed.id), len(record.tenant_events()), len(webhooks(record)))
    with pytest.raises(InterruptedError):
        _finish_and_die(record, claimed)
    assert (record.resource(claimed.id), len(record.tenant_events()), len(webhooks(record))) == before
    with record.db.read() as session:
        assert session.scalars(select(VersionRow)) == []


def _finish_and_die(record: JobSetup, claimed: ClaimedJob) -> None:
    with record.db.write() as session:
        made = outcome(claimed, ["adapter.safetensors"])
        attempts.finish(session, claimed.id, claimed.attempt, made, now=record.clock.now())
        raise InterruptedError


def test_logs_are_read_on_from_where_one_was(record: JobSetup):
    record.generate()
    claimed = record.claimed()
    with record.db.write() as session:
        now = record.clock.now()
        logs.write(session, claimed.id, 1, [LogEntry(now, "info", "one"), LogEntry(now, "warning", "two")])
        logs.write(session, claimed.id, 1)
    with record.db.read() as session:
        first, second = logs.lines(session, record.tenant, claimed.id, 0, 10)
        assert [(line.level, line.message) for line in (first, second)] == [("info", "one"), ("warning", "two")]
        assert [line.id for line in logs.lines(session, record.tenant, claimed.id, first.id, 10)] == [second.id]


def test_a_tenant_takes_its_jobs_along(record: JobSetup):
    record.version()
    with record.db.write() as session:
        session.execute(delete(TenantRow).where(TenantRow.id == record.tenant))
        assert session.scalars(select(JobRow)) == []
