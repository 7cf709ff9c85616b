"""Submission of jobs: defaults, refusals, and the rows of the transaction."""

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


def notified_queues(job_setup: JobSetup) -> list[str]:
    with job_setup.db.read() as session:
        query = select(OutboxRow).where(OutboxRow.topic == "ring").order_by(OutboxRow.id)
        return [row.payload["queue"] for row in session.scalars(query)]


def test_a_training_has_every_default_resolved(job_setup: JobSetup):
    job = job_setup.resource(job_setup.train(recipe={"rank": 8}, metadata={"order": "7"}).id)
    assert isinstance(job, TrainingJob)
    recipe = job.spec.recipe
    assert (recipe.rank, recipe.alpha, recipe.steps, recipe.num_frames, recipe.preset) == (8, 8.0, 20, 16, "tap")
    assert (job.state, job.state_seq, job.attempt, job.queue_position) == ("queued", 1, 0, 0)
    assert (job.spec.base_model, job.metadata, job.attempts, job.result) == ("tiny", {"order": "7"}, [], None)
    assert job.urls.events == f"http://choreo.test/v1/jobs/{job.id}/events"
    assert notified_queues(job_setup) == [TRAININGS]


def test_a_training_gets_its_highway_buckets_flips_and_memory_options(job_setup: JobSetup):
    plain, stated = (
        job_setup.train(recipe=recipe).spec["recipe"]
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


def test_a_stated_seed_and_alpha_are_kept(job_setup: JobSetup):
    job = job_setup.resource(job_setup.train(recipe={"seed": 7, "alpha": 2.5}).id)
    assert isinstance(job, TrainingJob)
    assert (job.spec.recipe.seed, job.spec.recipe.alpha) == (7, 2.5)


def test_a_generation_of_the_plain_base(job_setup: JobSetup):
    job = job_setup.resource(job_setup.generate(guidance_scale=3).id)
    assert isinstance(job, GenerationJob)
    assert (job.spec.concept, job.spec.guidance_scale, job.spec.steps, job.spec.width) == (None, 3.0, 30, 64)
    assert job.spec.highway == Highway(mode="off", gain=1.1)  # there is nothing to separate without a concept
    assert notified_queues(job_setup) == [GENERATIONS]


def test_a_generation_of_a_concept_names_the_version_it_means_now(job_setup: JobSetup):
    first, second = job_setup.version(), job_setup.version()
    specs: dict[str, Any] = {}
    for reference in (job_setup.concept, first, second):
        job = job_setup.resource(job_setup.generate(concept=reference, highway={"gain": 1.2}).id)
        assert isinstance(job, GenerationJob)
        assert job.spec.concept is not None
        assert job.spec.highway == Highway(mode="release", gain=1.2)
        specs[reference] = job.spec.concept.version
    assert specs == {job_setup.concept: 2, first: 1, second: 2}


def test_the_noise_prior_needs_inverted_noise(job_setup: JobSetup):
    job_setup.catalogue["tiny"] = base_model(
        generation_defaults={"num_frames": 16, "height": 64, "width": 64, "noise_prior": 0.2}
    )
    without = job_setup.version()
    job_setup.train()
    job_setup.finish(job_setup.claimed(TRAININGS), "adapter.safetensors", "inverted_noise.safetensors")
    priors = [job_setup.generate(concept=one).spec["noise_prior"] for one in (without, job_setup.concept)]
    assert priors == [0.0, 0.2]
    with pytest.raises(Invalid) as caught:
        job_setup.generate(concept=without, noise_prior=0.5)
    assert caught.value.errors[0][:2] == ("/noise_prior", "no_inverted_noise")


def refused(job_setup: JobSetup, submit: str, **fields: Any) -> list[tuple[str, str]]:
    with pytest.raises(Invalid) as caught:
        getattr(job_setup, submit)(**fields)
    with job_setup.db.read() as session:
        assert session.scalar(select(JobRow)) is None
    return [(error.pointer, error.code) for error in caught.value.errors]


def test_a_training_names_everything_that_is_wrong_with_its_clips(job_setup: JobSetup):
    stranger = job_setup.new_tenant("stranger")
    clips = [
        job_setup.clip,
        job_setup.new_clip(job_setup.tenant, "processing"),
        job_setup.new_clip(stranger),
        new_id("clip", job_setup.clock),
    ]
    wrong = refused(job_setup, "train", clips=[{"clip_id": clip, "caption": "x"} for clip in clips])
    assert wrong == [
        ("/clips/1/clip_id", "clip_not_ready"),
        ("/clips/2/clip_id", "clip_not_found"),
        ("/clips/3/clip_id", "clip_not_found"),
    ]


def test_another_tenants_concept_does_not_exist(job_setup: JobSetup):
    concept = job_setup.new_concept(job_setup.new_tenant("stranger"))
    assert refused(job_setup, "train", concept=concept) == [("/concept", "concept_not_found")]
    assert refused(job_setup, "generate", concept=concept) == [("/concept", "concept_not_found")]


def test_hyperparameters_with_which_nothing_converges_are_refused(job_setup: JobSetup):
    huge = {"alpha": float("inf"), "learning_rate": 0.5, "weight_decay": 11.0}
    assert refused(job_setup, "train", recipe=huge) == [(f"/recipe/{name}", "out_of_limits") for name in huge]


def test_limits_are_those_of_the_base_model(job_setup: JobSetup):
    assert refused(job_setup, "train", recipe={"num_frames": 12, "width": 32}) == [
        ("/recipe/num_frames", "out_of_limits"),
        ("/recipe/width", "out_of_limits"),
    ]
    assert refused(job_setup, "generate", height=65) == [("/height", "out_of_limits")]
    assert refused(job_setup, "generate", base_model="nope") == [("/base_model", "unknown_base_model")]
    assert refused(job_setup, "generate", concept=f"{job_setup.concept}@3") == [("/concept", "version_not_found")]
    assert refused(job_setup, "generate", concept=job_setup.concept) == [("/concept", "version_not_found")]


def test_a_recipe_that_contradicts_itself_is_refused(job_setup: JobSetup):
    ((pointer, _),) = refused(job_setup, "train", recipe={"timestep_range": [0.9, 0.1]})
    assert pointer == "/recipe"


def test_a_concept_runs_only_on_its_own_base_model(job_setup: JobSetup):
    reference = job_setup.version()
    job_setup.catalogue["other"] = base_model(id="other")
    with pytest.raises(Invalid, match="trained on 'tiny'"):
        job_setup.generate(concept=reference, base_model="other")
    del job_setup.catalogue["tiny"]
    with pytest.raises(Invalid, match="unknown base model 'tiny'"):
        job_setup.generate(concept=reference)


def test_the_highway_is_refused_where_there_are_no_skips(job_setup: JobSetup):
    job_setup.catalogue["tiny"] = base_model(family="wan")
    assert refused(job_setup, "generate", highway={"mode": "full"}) == [("/highway/mode", "highway_unsupported")]
    recipe = {"highway": {"mode": "release"}}
    assert refused(job_setup, "train", recipe=recipe) == [("/recipe/highway/mode", "highway_unsupported")]
    reference = job_setup.version()
    assert job_setup.generate(concept=reference).spec["highway"]["mode"] == "off"


def test_the_spatial_path_is_refused_where_no_layer_sees_one_frame_alone(job_setup: JobSetup):
    job_setup.catalogue["tiny"] = base_model(family="wan")
    recipe = {"spatial_path": "shared"}
    assert refused(job_setup, "train", recipe=recipe) == [("/recipe/spatial_path", "spatial_path_unsupported")]
    assert job_setup.train().spec["recipe"]["spatial_path"] == "none"


@pytest.mark.parametrize("fps", [1e-9, 5e-324, 0.05])
def test_a_frame_rate_that_no_file_has_is_refused(job_setup: JobSetup, fps: float):
    assert refused(job_setup, "generate", fps=fps) == [("/fps", "out_of_limits")]
    assert refused(job_setup, "train", recipe={"fps": fps}) == [("/recipe/fps", "out_of_limits")]
    assert job_setup.generate(fps=0.1).spec["fps"] == 0.1


def test_more_steps_than_a_sampler_takes_are_refused(job_setup: JobSetup):
    assert refused(job_setup, "generate", scheduler="lcm", steps=51) == [("/steps", "out_of_limits")]
    assert job_setup.generate(scheduler="lcm", steps=50).spec["steps"] == 50


def test_each_family_has_its_samplers(job_setup: JobSetup):
    job_setup.catalogue["tiny"] = base_model(family="wan")
    assert refused(job_setup, "generate", scheduler="ddim") == [("/scheduler", "scheduler_unsupported")]
    assert job_setup.generate().spec["scheduler"] == "unipc"
    assert job_setup.generate(scheduler="euler").spec["scheduler"] == "euler"
    job_setup.catalogue["tiny"] = base_model()
    assert job_setup.generate().spec["scheduler"] == "ddim"
    assert job_setup.generate(scheduler="dpmpp_2m").spec["scheduler"] == "dpmpp_2m"


# ---------------------------------------------------------------- retry


def test_retry_makes_a_new_job_that_names_the_old_one(job_setup: JobSetup):
    deadline = job_setup.clock.now() + timedelta(hours=1)
    fields: dict[str, Any] = {"metadata": {"a": "b"}, "priority": 3, "webhook_url": "https://x.test/"}
    old = job_setup.generate(deadlines={"finish_by": deadline}, **fields)
    job_setup.fail(job_setup.claimed(), BAD_CLIP)
    new = job_setup.retry(old.id)
    assert (new.retry_of, new.state, new.attempt, new.finish_by) == (old.id, "queued", 0, None)
    assert (new.spec, new.labels, new.priority, new.webhook_url) == (old.spec, {"a": "b"}, 3, "https://x.test/")
    assert job_setup.resource(old.id).state == "failed"
    assert job_setup.claimed().id == new.id


def test_only_what_ended_without_success_is_retried(job_setup: JobSetup):
    job = job_setup.generate()
    with pytest.raises(JobUnfinished):
        job_setup.retry(job.id)
    job_setup.finish(job_setup.claimed())
    with pytest.raises(Conflict, match="succeeded"):
        job_setup.retry(job.id)


def test_another_tenants_job_does_not_exist(job_setup: JobSetup):
    theirs = job_setup.generate(job_setup.new_tenant("stranger")).id
    for reach in (job_setup.resource, job_setup.cancel, job_setup.retry, job_setup.events):
        with pytest.raises(NotFound):
            reach(theirs)


# ---------------------------------------------------------------- idempotency


def post(job_setup: JobSetup, body: bytes) -> str:
    """A POST as the API does it: idempotency key, job and response in one transaction."""
    now, same = job_setup.clock.now(), idempotency.fingerprint("POST", "/v1/generations", body)
    with job_setup.db.write() as session:
        replay = idempotency.begin(session, job_setup.tenant, "key", same, now)
        if replay:
            return replay.body
        request = GenerationRequest(prompt="a blue ring orbiting")
        job = submit(session, job_setup.tenant, request, job_setup.catalogue, now=now)
        idempotency.complete(session, job_setup.tenant, "key", 202, job.id, now)
        return job.id


def test_an_idempotent_submission_makes_one_job(job_setup: JobSetup):
    assert post(job_setup, b"{}") == post(job_setup, b"{}")
    with job_setup.db.read() as session:
        assert len(repository.list_page(session, job_setup.tenant, 10)) == 1


# ---------------------------------------------------------------- lists


def test_lists_are_newest_first_filtered_and_paged(job_setup: JobSetup):
    made = []
    for submit_job in (job_setup.train, job_setup.generate, job_setup.generate):
        made.append(submit_job().id)
        job_setup.later(1)
    job_setup.cancel(made[1])
    job_setup.generate(job_setup.new_tenant("stranger"))

    def listed(*args: Any, **only: Any) -> list[str]:
        with job_setup.db.read() as session:
            return [job.id for job in repository.list_page(session, job_setup.tenant, *args, only=JobFilter(**only))]

    assert listed(10) == made[::-1]
    assert listed(2) == [made[2], made[1]]
    assert listed(10, made[1]) == [made[0]]
    assert listed(10, kind="generation") == [made[2], made[1]]
    assert listed(10, state="canceled") == [made[1]]
    assert listed(10, concept_id=job_setup.concept) == [made[0]]
    start = job_setup.clock.now() - timedelta(seconds=3)
    assert listed(10, created_after=start + timedelta(seconds=1)) == [made[2], made[1]]
    assert listed(10, created_before=start + timedelta(seconds=1)) == [made[0]]
