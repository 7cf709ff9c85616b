"""Evaluations on both databases: specs, inputs and results."""

import pytest
from sqlalchemy import delete

from services.clips import service as clips
from services.concepts import service as concepts
from services.db.tables import AliasRow
from services.jobs.scheduling.throughput import work_of
from services.jobs.state import repository
from services.jobs.state.repository import JobFilter
from services.jobs.submission.estimates import estimate
from shared.errors import Invalid
from shared.evaluation_defaults import EvaluationDefaults
from shared.schemas.evaluation import EvaluationRequest
from shared.schemas.job import EvaluationJob
from tests.job_setup import CRASH, EVALUATIONS, GENERATIONS, TRAININGS, JobSetup, base_model

CAPTION = "a red circle orbiting on a navy background"
FRESH = "a blue ring orbiting on a teal background"
PROMPTS = EvaluationDefaults(
    captions="a {colour} {shape} {motion} on a {background} background",
    prompts=["a blue ring {motion} on a teal background"],
)


def test_the_spec_has_everything_resolved(job_setup: JobSetup):
    reference = job_setup.version()
    spec = job_setup.evaluate(reference, samples=3, steps=7).spec
    assert (spec["concept"]["version"], spec["prompts"], spec["steps"], spec["width"]) == (1, [CAPTION], 7, 64)
    first = spec["seeds"][0]
    assert spec["seeds"] == [(first + index) % 2**32 for index in range(3)]
    job_setup.catalogue = {"tiny": base_model(evaluation_defaults=PROMPTS)}
    assert job_setup.evaluate(reference).spec["prompts"] == [FRESH]
    chosen = job_setup.evaluate(reference, prompts=["a bear", "a cup"], seeds=[5, 1]).spec
    assert (chosen["prompts"], chosen["seeds"]) == (["a bear", "a cup"], [5, 1])


def test_what_cannot_be_evaluated_is_refused_by_field(job_setup: JobSetup):
    reference = job_setup.version()
    other = job_setup.new_concept(job_setup.new_tenant("other"))
    wrong = {
        "/concept": {"concept": other},
        "/width": {"width": 65},
        "/noise_prior": {"noise_prior": 0.2},
        "/seeds": {"prompts": list("abcdefg"), "seeds": list(range(5))},
    }
    for pointer, fields in wrong.items():
        with pytest.raises(Invalid) as caught:
            job_setup.evaluate(**({"concept": reference} | fields))
        assert [error.pointer for error in caught.value.errors] == [pointer]
    for fields in ({"seeds": [1], "samples": 2}, {"seeds": [1, 1]}, {"prompts": ["a", "a"]}, {"prompts": []}):
        with pytest.raises(ValueError):
            EvaluationRequest.model_validate({"concept": reference} | fields)


def test_generations_are_not_behind_evaluations(job_setup: JobSetup):
    reference = job_setup.version()
    evaluation = job_setup.evaluate(reference)
    generation = job_setup.generate(concept=reference)
    assert job_setup.resource(generation.id).queue_position == 0
    assert job_setup.claimed(GENERATIONS).id == generation.id
    assert job_setup.claimed(EVALUATIONS, cached=[reference]).id == evaluation.id


def test_its_worker_is_given_the_adapter_and_the_clips_of_the_version(job_setup: JobSetup):
    job_setup.evaluate(job_setup.version())
    claimed = job_setup.claimed(EVALUATIONS)
    assert [file.name for file in claimed.adapter] == ["adapter.safetensors"]
    assert [(clip.clip_id, clip.caption) for clip in claimed.clips] == [(job_setup.clip, CAPTION)]
    assert (claimed.missing_clips, claimed.adapter_key) == ((), f"{job_setup.concept}@1")
    assert claimed.prefix == f"tenants/{job_setup.tenant}/evaluations/{claimed.id}/attempt-1/"


def test_a_deleted_clip_is_missing_and_the_evaluation_uses_the_rest(job_setup: JobSetup):
    job_setup.evaluate(job_setup.version())
    with job_setup.db.write() as session:
        clips.delete(session, job_setup.tenant, job_setup.clip, job_setup.clock.now())
    claimed = job_setup.claimed(EVALUATIONS)
    assert (claimed.clips, claimed.missing_clips) == ((), (job_setup.clip,))


def test_a_concept_that_was_deleted_ends_it(job_setup: JobSetup):
    job = job_setup.evaluate(job_setup.version())
    with job_setup.db.write() as session:
        session.execute(delete(AliasRow))
        concepts.delete(session, job_setup.tenant, job_setup.concept, job_setup.clock.now())
    assert job_setup.claim(EVALUATIONS) is None
    found = job_setup.resource(job.id)
    assert found.error is not None
    assert (found.state, found.error.code) == ("failed", "concept_deleted")


def test_its_result_has_scores_and_previews(job_setup: JobSetup):
    job = job_setup.evaluate(job_setup.version())
    claimed = job_setup.claimed(EVALUATIONS)
    measured = {"metrics": {"leakage": 0.1}, "base_metrics": {"leakage": 0.0}, "not_measured": {"diversity": "why"}}
    job_setup.finish(claimed, **measured)
    found = job_setup.resource(job.id)
    assert isinstance(found, EvaluationJob)
    assert found.result is not None
    assert found.result.model_dump(include=set(measured)) == measured
    assert (found.result.concept_id, found.result.version) == (job_setup.concept, 1)
    assert [file.url for file in found.result.previews] == [
        f"http://storage.test/{claimed.prefix}previews/prompt-01.mp4"
    ]
    assert [event.type for event in job_setup.events(job.id)] == [
        "evaluation.queued", "evaluation.running", "evaluation.succeeded",
    ]  # fmt: skip
    with job_setup.db.read() as session:
        assert [
            row.id for row in repository.list_page(session, job_setup.tenant, 9, only=JobFilter(kind="evaluation"))
        ] == [job.id]


def test_it_is_tried_again_canceled_and_retried_like_any_job(job_setup: JobSetup):
    job = job_setup.evaluate(job_setup.version())
    job_setup.fail(job_setup.claimed(EVALUATIONS), CRASH)
    claimed = job_setup.claimed(EVALUATIONS)
    job_setup.cancel(job.id)
    job_setup.confirm_canceled(claimed)
    again = job_setup.retry(job.id)
    assert (again.kind, again.spec, again.retry_of) == (
        "evaluation",
        job_setup.resource(job.id).spec.model_dump(),
        job.id,
    )


def test_a_dry_run_tells_its_cost_by_the_work(job_setup: JobSetup):
    reference = job_setup.version()
    for _ in range(2):
        job_setup.evaluate(reference, seeds=[1])
        job_setup.finish(job_setup.claimed(EVALUATIONS))
    request = EvaluationRequest(concept=reference, seeds=[1, 2, 3])
    with job_setup.db.read() as session:
        found = estimate(session, job_setup.tenant, request, job_setup.catalogue, now=job_setup.clock.now())
    assert found.gpu_seconds is not None
    assert found.gpu_seconds.likely == pytest.approx(3 * 2.0)
    assert work_of(found.spec) == 3 * 2 * 30 * 16 * 64 * 64


def test_a_training_ends_with_an_evaluation_unless_it_is_disabled(job_setup: JobSetup):
    spec = job_setup.train(recipe={"seed": 9}).spec
    assert (spec["evaluation"]["prompts"], spec["evaluation"]["seeds"]) == ([CAPTION], [9])
    job_setup.catalogue = {"tiny": base_model(evaluation_defaults=PROMPTS)}
    assert job_setup.train().spec["evaluation"]["prompts"] == [FRESH]
    assert job_setup.train(evaluation_prompts=["a bear"]).spec["evaluation"]["prompts"] == ["a bear"]
    assert job_setup.train(evaluate=False).spec["evaluation"] is None
    with pytest.raises(Invalid) as caught:
        job_setup.train(evaluate=False, evaluation_prompts=["a bear"])
    assert caught.value.errors[0].pointer == "/evaluation_prompts"
    job_setup.claimed(TRAININGS)


def test_a_training_of_before_there_were_evaluations_has_none(job_setup: JobSetup):
    job = job_setup.train()
    with job_setup.db.write() as session:
        row = repository.get(session, job_setup.tenant, job.id)
        old = {name: value for name, value in row.spec.items() if name != "evaluation"}
        repository.set_columns(session, row, {"spec": old})
    claimed = job_setup.claimed(TRAININGS)
    assert claimed.spec.evaluation is None
