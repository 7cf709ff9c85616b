"""Dry runs on both databases: what a job would be, when it would start, what it would use; and nothing is made."""

import pytest
from sqlalchemy import func, select

from services.db.tables import EventRow, JobRow, OutboxRow
from services.jobs.submission.estimates import estimate as estimate_job
from shared.errors import Invalid
from shared.schemas.estimate import GenerationEstimate, TrainingEstimate
from shared.schemas.generation import GenerationRequest
from shared.schemas.job import Progress, Usage
from shared.schemas.training import TrainingClip, TrainingRequest
from tests.job_setup import TRAININGS, JobSetup


def estimate(record: JobSetup, tenant: str | None = None, **fields: object) -> GenerationEstimate:
    request = GenerationRequest.model_validate({"prompt": "a blue ring orbiting"} | fields)
    with record.db.read() as session:
        return estimate_job(session, tenant or record.tenant, request, record.catalogue, now=record.clock.now())


def estimate_training(record: JobSetup, **fields: object) -> TrainingEstimate:
    clips = [TrainingClip(clip_id=record.clip, caption="a red circle orbiting")]
    request = TrainingRequest.model_validate({"concept": record.concept, "clips": clips} | fields)
    with record.db.read() as session:
        return estimate_job(session, record.tenant, request, record.catalogue, now=record.clock.now())


def perform(record: JobSetup, seconds: float, **fields: object) -> None:
    """A generation that took so long, of which the GPU half."""
    record.generate(**fields)
    job = record.claimed()
    record.later(seconds)
    record.finish(job, usage=Usage(gpu_seconds=seconds / 2, peak_memory_bytes=1))


def counts(record: JobSetup) -> list[int | None]:
    with record.db.read() as session:
        return [session.scalar(select(func.count()).select_from(table)) for table in (JobRow, EventRow, OutboxRow)]


def test_nothing_is_known_at_first_and_nothing_is_made(record: JobSetup):
    found = estimate(record, steps=7)
    assert (found.spec.steps, found.spec.width, found.spec.base_model) == (7, 64, "tiny")
    assert (found.gpu_seconds, found.confidence, found.num_past_jobs, found.queue_position) == (None, None, 0, 0)
    assert found.queue_wait_seconds is not None
    assert found.queue_wait_seconds.high == 0
    training = estimate_training(record, recipe={"rank": 8})
    assert (training.spec.recipe.rank, training.spec.recipe.alpha, training.spec.recipe.steps) == (8, 8.0, 20)
    assert counts(record) == [0, 0, 0]


def test_past_jobs_of_anybody_tell_the_cost_by_the_work(record: JobSetup):
    for seconds in (8, 10, 12):
        perform(record, seconds, steps=10)
    record.train()
    record.finish(record.claimed(TRAININGS), usage=Usage(gpu_seconds=1e6))
    found = estimate(record, record.new_tenant("newcomer"), steps=20)
    assert (found.num_past_jobs, found.confidence) == (3, 0.5)
    assert found.gpu_seconds is not None
    assert found.gpu_seconds.model_dump() == pytest.approx({"low": 8, "likely": 10, "high": 12})


def test_the_wait_counts_what_runs_and_what_goes_first(record: JobSetup):
    for seconds in (8, 10, 12):
        perform(record, seconds, steps=10)
    record.later(2 * 3600)  # nobody has worked lately: one worker is taken for granted
    record.generate(steps=10)
    record.beat(record.claimed(), progress=Progress(fraction=0.5))
    record.generate(steps=10), record.generate(steps=10)
    record.later(1)
    mine = estimate(record, steps=10)
    assert mine.queue_position == 2
    assert mine.queue_wait_seconds is not None
    assert mine.queue_wait_seconds.model_dump() == pytest.approx({"low": 20, "likely": 25, "high": 30})
    other = estimate(record, record.new_tenant("newcomer"), steps=10)
    assert other.queue_position == 0
    assert other.queue_wait_seconds is not None
    assert other.queue_wait_seconds.likely == pytest.approx(5)


def test_its_position_is_the_one_it_gets(record: JobSetup):
    stranger = record.new_tenant("stranger")
    for tenant, priority in ((stranger, 0), (record.tenant, 0), (record.tenant, 5), (stranger, 0)):
        record.generate(tenant, priority=priority)
        record.later(1)
    for tenant in (record.tenant, stranger, record.new_tenant("newcomer")):
        for priority in (-1, 0, 5, 9):
            reported = estimate(record, tenant, priority=priority).queue_position
            job = record.generate(tenant, priority=priority)
            assert record.resource(job.id, tenant).queue_position == reported, (tenant, priority)
            record.later(1)


def test_what_submitting_refuses_is_refused(record: JobSetup):
    with pytest.raises(Invalid) as caught:
        estimate(record, height=65)
    assert caught.value.errors[0][:2] == ("/height", "out_of_limits")
    with pytest.raises(Invalid) as caught:
        estimate_training(record, concept=record.new_concept(record.new_tenant("stranger")))
    assert caught.value.errors[0][:2] == ("/concept", "concept_not_found")
