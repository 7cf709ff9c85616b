"""Submitting jobs: what is filled in, what is refused, what is written in the same transaction."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from services.accounts import idempotency
from services.db.tables import JobRow, OutboxRow
from services.jobs.state import repository
from services.jobs.state.repository import JobFilter
from services.jobs.submission.submit import submit
from shared.errors import Conflict, Invalid, JobUnfinished, NotFound
from shared.ids import new_id
from shared.schemas.generation import GenerationRequest
from shared.schemas.highway import Highway
from shared.schemas.job import GenerationJob, TrainingJob
from tests.job_setup import BAD_CLIP, GENERATIONS, TRAININGS, JobSetup, base_model


def notified_queues(record: JobSetup) -> list[str]:
    with record.db.read() as session:
        query = select(OutboxRow).where(OutboxRow.topic == "ring").order_by(OutboxRow.id)
        return [row.payload["queue"] for row in session.scalars(query)]


def test_a_training_has_every_default_resolved(record: JobSetup):
    job = record.resource(record.train(recipe={"rank": 8}, metadata={"order": "7"}).id)
    assert isinstance(job, TrainingJob)
    recipe = job.spec.recipe
    assert (recipe.rank, recipe.alpha, recipe.steps, recipe.num_frames, recipe.preset) == (8, 8.0, 20, 16, "tap")
    assert (job.state, job.state_seq, job.attempt, job.queue_position) == ("queued", 1, 0, 0)
    assert (job.spec.base_model, job.metadata, job.attempts, job.result) == ("tiny", {"order": "7"}, [], None)
    assert job.urls.events == f"http://choreo.test/v1/jobs/{job.id}/events"
    assert notified_queues(record) == [TRAININGS]


def test_a_training_is_told_of_highway_buckets_mirrors_and_memory(record: JobSetup):
    plain, stated = (
        record.train(recipe=recipe).spec["recipe"]
        for recipe in ({}, {"highway": {"mode": "full"}, "aspect_buckets": True, "horizontal_flip": True})
    )
    assert plain["highway"] == {"mode": "off", "gain": 1.1}
    assert (plain["aspect_buckets"], plain["horizontal_flip"], plain["gradient_checkpointing"]) == (
        False,
        False,
        "auto",
    )
    assert stated["highway"] == {"mode": "full", "gain": 1.1}
    assert (stated["aspect_buckets"], stated["horizontal_flip"]) == (True, True)


def test_a_stated_seed_and_alpha_are_kept(record: JobSetup):
    job = record.resource(record.train(recipe={"seed": 7, "alpha": 2.5}).id)
    assert isinstance(job, TrainingJob)
    assert (job.spec.recipe.seed, job.spec.recipe.alpha) == (7, 2.5)


def test_a_generation_of_the_plain_base(record: JobSetup):
    job = record.resource(record.generate(guidance_scale=3).id)
    assert isinstance(job, GenerationJob)
    assert (job.spec.concept, job.spec.guidance_scale, job.spec.steps, job.spec.width) == (None, 3.0, 30, 64)
    assert job.spec.highway == Highway(mode="off", gain=1.1)  # there is nothing to separate without a concept
    assert notified_queues(record) == [GENERATIONS]


def test_a_generation_of_a_concept_names_the_version_it_means_now(record: JobSetup):
    first, second = record.version(), record.version()
    specs: dict[str, Any] = {}
    for reference in (record.concept, first, second):
        job = record.resource(record.generate(concept=reference, highway={"gain": 1.2}).id)
        assert isinstance(job, GenerationJob)
        assert job.spec.concept is not None
        assert job.spec.highway == Highway(mode="release", gain=1.2)
        specs[reference] = job.spec.concept.version
    assert specs == {record.concept: 2, first: 1, second: 2}


def test_the_noise_prior_needs_inverted_noise(record: JobSetup):
    record.catalogue["tiny"] = base_model(
        generation_defaults={"num_frames": 16, "height": 64, "width": 64, "noise_prior": 0.2}
    )
    without = record.version()
    record.train()
    record.finish(record.claimed(TRAININGS), "adapter.safetensors", "inverted_noise.safetensors")
    priors = [record.generate(concept=one).spec["noise_prior"] for one in (without, record.concept)]
    assert priors == [0.0, 0.2]
    with pytest.raises(Invalid) as caught:
        record.generate(concept=without, noise_prior=0.5)
    assert caught.value.errors[0][:2] == ("/noise_prior", "no_inverted_noise")


def refused(record: JobSetup, submit: str, **fields: Any) -> list[tuple[str, str]]:
    with pytest.raises(Invalid) as caught:
        getattr(record, submit)(**fields)
    with record.db.read() as session:
        assert session.scalar(select(JobRow)) is None
    return [(error.pointer, error.code) for error in caught.value.errors]


def test_a_training_names_everything_that_is_wrong_with_its_clips(record: JobSetup):
    stranger = record.new_tenant("stranger")
    clips = [
        record.clip,
        record.new_clip(record.tenant, "processing"),
        record.new_clip(stranger),
        new_id("clip", record.clock),
    ]
    wrong = refused(record, "train", clips=[{"clip_id": clip, "caption": "x"} for clip in clips])
    assert wrong == [
        ("/clips/1/clip_id", "clip_not_ready"),
        ("/clips/2/clip_id", "clip_not_found"),
        ("/clips/3/clip_id", "clip_not_found"),
    ]


def test_another_tenants_concept_does_not_exist(record: JobSetup):
    concept = record.new_concept(record.new_tenant("stranger"))
    assert refused(record, "train", concept=concept) == [("/concept", "concept_not_found")]
    assert refused(record, "generate", concept=concept) == [("/concept", "concept_not_found")]


def test_limits_are_those_of_the_base_model(record: JobSetup):
    assert refused(record, "train", recipe={"num_frames": 12, "width": 32}) == [
        ("/recipe/num_frames", "out_of_limits"),
        ("/recipe/width", "out_of_limits"),
    ]
    assert refused(record, "generate", height=65) == [("/height", "out_of_limits")]
    assert refused(record, "generate", base_model="nope") == [("/base_model", "unknown_base_model")]
    assert refused(record, "generate", concept=f"{record.concept}@3") == [("/concept", "version_not_found")]
    assert refused(record, "generate", concept=record.concept) == [("/concept", "version_not_found")]


def test_a_recipe_that_contradicts_itself_is_refused(record: JobSetup):
    ((pointer, _),) = refused(record, "train", recipe={"timestep_range": [0.9, 0.1]})
    assert pointer == "/recipe"


def test_a_concept_runs_only_on_its_own_base_model(record: JobSetup):
    reference = record.version()
    record.catalogue["other"] = base_model(id="other")
    with pytest.raises(Invalid, match="trained on 'tiny'"):
        record.generate(concept=reference, base_model="other")
    del record.catalogue["tiny"]
    with pytest.raises(Invalid, match="unknown base model 'tiny'"):
        record.generate(concept=reference)


def test_the_highway_is_refused_where_there_are_no_skips(record: JobSetup):
    record.catalogue["tiny"] = base_model(family="wan")
    assert refused(record, "generate", highway={"mode": "full"}) == [("/highway/mode", "highway_unsupported")]
    recipe = {"highway": {"mode": "release"}}
    assert refused(record, "train", recipe=recipe) == [("/recipe/highway/mode", "highway_unsupported")]
    reference = record.version()
    assert record.generate(concept=reference).spec["highway"]["mode"] == "off"


def test_the_spatial_path_is_refused_where_no_layer_sees_one_frame_alone(record: JobSetup):
    record.catalogue["tiny"] = base_model(family="wan")
    recipe = {"spatial_path": "shared"}
    assert refused(record, "train", recipe=recipe) == [("/recipe/spatial_path", "spatial_path_unsupported")]
    assert record.train().spec["recipe"]["spatial_path"] == "none"


def test_each_family_has_its_sampler(record: JobSetup):
    record.catalogue["tiny"] = base_model(family="wan")
    assert refused(record, "generate", scheduler="ddim") == [("/scheduler", "scheduler_unsupported")]
    assert record.generate().spec["scheduler"] == "unipc"


# ---------------------------------------------------------------- retry


def test_retry_makes_a_new_job_that_names_the_old_one(record: JobSetup):
    deadline = record.clock.now() + timedelta(hours=1)
    fields: dict[str, Any] = {"metadata": {"a": "b"}, "priority": 3, "webhook_url": "https://x.test/"}
    old = record.generate(deadlines={"finish_by": deadline}, **fields)
    record.fail(record.claimed(), BAD_CLIP)
    new = record.retry(old.id)
    assert (new.retry_of, new.state, new.attempt, new.finish_by) == (old.id, "queued", 0, None)
    assert (new.spec, new.labels, new.priority, new.webhook_url) == (old.spec, {"a": "b"}, 3, "https://x.test/")
    assert record.resource(old.id).state == "failed"
    assert record.claimed().id == new.id


def test_only_what_ended_without_success_is_retried(record: JobSetup):
    job = record.generate()
    with pytest.raises(JobUnfinished):
        record.retry(job.id)
    record.finish(record.claimed())
    with pytest.raises(Conflict, match="succeeded"):
        record.retry(job.id)


def test_another_tenants_job_does_not_exist(record: JobSetup):
    theirs = record.generate(record.new_tenant("stranger")).id
    for reach in (record.resource, record.cancel, record.retry, record.events):
        with pytest.raises(NotFound):
            reach(theirs)


# ---------------------------------------------------------------- idempotency


def post(record: JobSetup, body: bytes) -> str:
    """A POST as the edge does it: the key, the job and the answer in one transaction."""
    now, same = record.clock.now(), idempotency.fingerprint("POST", "/v1/generations", body)
    with record.db.write() as session:
        replay = idempotency.begin(session, record.tenant, "key", same, now)
        if replay:
            return replay.body
        request = GenerationRequest(prompt="a blue ring orbiting")
        job = submit(session, record.tenant, request, record.catalogue, now=now)
        idempotency.complete(session, record.tenant, "key", 202, job.id, now)
        return job.id


def test_an_idempotent_submission_makes_one_job(record: JobSetup):
    assert post(record, b"{}") == post(record, b"{}")
    with record.db.read() as session:
        assert len(repository.list_page(session, record.tenant, 10)) == 1


# ---------------------------------------------------------------- lists


def test_lists_are_newest_first_filtered_and_paged(record: JobSetup):
    made = []
    for submit_job in (record.train, record.generate, record.generate):
        made.append(submit_job().id)
        record.later(1)
    record.cancel(made[1])
    record.generate(record.new_tenant("stranger"))

    def listed(*args: Any, **only: Any) -> list[str]:
        with record.db.read() as session:
            return [job.id for job in repository.list_page(session, record.tenant, *args, only=JobFilter(**only))]

    assert listed(10) == made[::-1]
    assert listed(2) == [made[2], made[1]]
    assert listed(10, made[1]) == [made[0]]
    assert listed(10, kind="generation") == [made[2], made[1]]
    assert listed(10, state="canceled") == [made[1]]
    assert listed(10, concept_id=record.concept) == [made[0]]
    start = record.clock.now() - timedelta(seconds=3)
    assert listed(10, created_after=start + timedelta(seconds=1)) == [made[2], made[1]]
    assert listed(10, created_before=start + timedelta(seconds=1)) == [made[0]]
