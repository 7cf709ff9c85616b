"""Dry runs on both databases: spec, start time and usage of a job, which is not created."""

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


def estimate(job_setup: JobSetup, tenant: str | None = None, **fields: object) -> GenerationEstimate:
    request = GenerationRequest.model_validate({"prompt": "a blue ring orbiting"} | fields)
    with job_setup.db.read() as session:
        return estimate_job(
            session, tenant or job_setup.tenant, request, job_setup.catalogue, now=job_setup.clock.now()
        )


def estimate_training(job_setup: JobSetup, **fields: object) -> TrainingEstimate:
    clips = [TrainingClip(clip_id=job_setup.clip, caption="a red circle orbiting")]
    request = TrainingRequest.model_validate({"concept": job_setup.concept, "clips": clips} | fields)
    with job_setup.db.read() as session:
        return estimate_job(session, job_setup.tenant, request, job_setup.catalogue, now=job_setup.clock.now())


def perform(job_setup: JobSetup, seconds: float, **fields: object) -> None:
    """A finished generation of this duration, half of it GPU time."""
    job_setup.generate(**fields)
    job = job_setup.claimed()
    job_setup.later(seconds)
    job_setup.finish(job, usage=Usage(gpu_seconds=seconds / 2, peak_memory_bytes=1))


def counts(job_setup: JobSetup) -> list[int | None]:
    with job_setup.db.read() as session:
        return [session.scalar(select(func.count()).select_from(table)) for table in (JobRow, EventRow, OutboxRow)]


def test_nothing_is_known_at_first_and_nothing_is_made(job_setup: JobSetup):
    found = estimate(job_setup, steps=7)
    assert (found.spec.steps, found.spec.width, found.spec.base_model) == (7, 64, "tiny")
    assert (found.gpu_seconds, found.confidence, found.num_past_jobs, found.queue_position) == (None, None, 0, 0)
    assert found.queue_wait_seconds is not None
    assert found.queue_wait_seconds.high == 0
    training = estimate_training(job_setup, recipe={"rank": 8})
    assert (training.spec.recipe.rank, training.spec.recipe.alpha, training.spec.recipe.steps) == (8, 8.0, 20)
    assert counts(job_setup) == [0, 0, 0]


def test_past_jobs_of_all_tenants_give_the_cost_by_the_work(job_setup: JobSetup):
    for seconds in (8, 10, 12):
        perform(job_setup, seconds, steps=10)
    job_setup.train()
    job_setup.finish(job_setup.claimed(TRAININGS), usage=Usage(gpu_seconds=1e6))
    found = estimate(job_setup, job_setup.new_tenant("newcomer"), steps=20)
    assert (found.num_past_jobs, found.confidence) == (3, 0.5)
    assert found.gpu_seconds is not None
    assert found.gpu_seconds.model_dump() == pytest.approx({"low": 8, "likely": 10, "high": 12})


def test_the_wait_counts_what_runs_and_what_goes_first(job_setup: JobSetup):
    for seconds in (8, 10, 12):
        perform(job_setup, seconds, steps=10)
    job_setup.later(2 * 3600)  # no worker was seen lately: one is assumed
    job_setup.generate(steps=10)
    job_setup.beat(job_setup.claimed(), progress=Progress(fraction=0.5))
    job_setup.generate(steps=10), job_setup.generate(steps=10)
    job_setup.later(1)
    mine = estimate(job_setup, steps=10)
    assert mine.queue_position == 2
    assert mine.queue_wait_seconds is not None
    assert mine.queue_wait_seconds.model_dump() == pytest.approx({"low": 20, "likely": 25, "high": 30})
    other = estimate(job_setup, job_setup.new_tenant("newcomer"), steps=10)
    assert other.queue_position == 0
    assert other.queue_wait_seconds is not None
    assert other.queue_wait_seconds.likely == pytest.approx(5)


def test_its_position_is_the_one_it_gets(job_setup: JobSetup):
    stranger = job_setup.new_tenant("stranger")
    for tenant, priority in ((stranger, 0), (job_setup.tenant, 0), (job_setup.tenant, 5), (stranger, 0)):
        job_setup.generate(tenant, priority=priority)
        job_setup.later(1)
    for tenant in (job_setup.tenant, stranger, job_setup.new_tenant("newcomer")):
        for priority in (-1, 0, 5, 9):
            reported = estimate(job_setup, tenant, priority=priority).queue_position
            job = job_setup.generate(tenant, priority=priority)
            assert job_setup.resource(job.id, tenant).queue_position == reported, (tenant, priority)
            job_setup.later(1)


def test_what_submitting_refuses_is_refused(job_setup: JobSetup):
    with pytest.raises(Invalid) as caught:
        estimate(job_setup, height=65)
    assert caught.value.errors[0][:2] == ("/height", "out_of_limits")
    with pytest.raises(Invalid) as caught:
        estimate_training(job_setup, concept=job_setup.new_concept(job_setup.new_tenant("stranger")))
    assert caught.value.errors[0][:2] == ("/concept", "concept_not_found")
