"""Warnings of jobs on both databases: words of prompts and captions that the base model was not trained on."""

import pytest

from services.jobs.submission.estimates import estimate
from services.jobs.submission.preview_requests import request_preview
from shared.schemas.evaluation import EvaluationRequest
from shared.schemas.generation import GenerationRequest
from shared.schemas.job import JobError, JobState
from shared.schemas.preview import PreviewRequest
from shared.schemas.training import TrainingClip, TrainingRequest
from tests.job_setup import BASE, EVALUATIONS, TRAININGS, JobSetup, base_model
from tests.vocabulary_cases import GRAMMAR, TERMS

KNOWN = "a red circle growing on a navy background"
ORBITING = "a red circle orbiting on a navy background"
CAPTION, PROMPT = "caption_outside_vocabulary", "prompt_outside_vocabulary"
BAD_CLIP = JobError(code="bad_clip", message="nothing moves", retryable=False, fault="user")


@pytest.fixture
def setup(job_setup: JobSetup) -> JobSetup:
    """Jobs on a base model with a vocabulary."""
    job_setup.catalogue = {BASE: base_model(vocabulary={"grammar": GRAMMAR, "terms": TERMS})}
    return job_setup


def warnings(setup: JobSetup, job_id: str) -> list[tuple[str, str]]:
    return [(warning.pointer, warning.code) for warning in setup.resource(job_id).warnings]


def train(setup: JobSetup, *captions: str, **fields: object) -> str:
    clips = [{"clip_id": setup.clip, "caption": caption} for caption in captions]
    return setup.train(clips=clips, **fields).id


def test_a_generation_names_the_unknown_words_and_the_known_ones(setup: JobSetup):
    (warning,) = setup.resource(setup.generate(prompt="a red horse on the moon").id).warnings
    assert (warning.code, warning.pointer) == (PROMPT, "/prompt")
    assert f'{BASE} was not trained on "horse", "the", "moon",' in warning.message
    assert "shape (circle, ring), motion (moving up left, growing), background (black, navy)." in warning.message
    assert warnings(setup, setup.generate(prompt=KNOWN).id) == []


def test_a_base_model_without_a_vocabulary_gives_no_warnings(job_setup: JobSetup):
    assert warnings(job_setup, job_setup.generate(prompt="a horse on the moon").id) == []


def test_a_training_has_a_warning_for_each_different_caption_and_prompt(setup: JobSetup):
    cat = "a red cat orbiting on a navy background"
    prompts = ["a blue ring orbiting on a black background", "a dog orbiting", "a blue ring spinning"]
    job = train(setup, ORBITING, cat, cat, evaluation_prompts=prompts)
    assert warnings(setup, job) == [
        ("/clips/1/caption", CAPTION),
        ("/evaluation_prompts/1", PROMPT),
        ("/evaluation_prompts/2", PROMPT),
    ]
    assert GRAMMAR in setup.resource(job).warnings[0].message


def test_the_motion_of_a_concept_is_known_to_its_generations_and_evaluations(setup: JobSetup):
    train(setup, ORBITING)
    setup.finish(setup.claimed(TRAININGS))
    prompt = "a blue ring orbiting on a black background"
    assert warnings(setup, setup.generate(prompt=prompt, concept=setup.concept).id) == []
    assert warnings(setup, setup.generate(prompt=prompt).id) == [("/prompt", PROMPT)]
    job = setup.evaluate(setup.concept, prompts=[prompt, "a cat orbiting"])
    assert (job.queue, warnings(setup, job.id)) == (EVALUATIONS, [("/prompts/1", PROMPT)])
    assert warnings(setup, setup.evaluate(setup.concept).id) == []


@pytest.mark.parametrize("kind", ["training", "generation", "evaluation"])
def test_an_estimate_has_the_warnings_of_the_job(setup: JobSetup, kind: str):
    train(setup, ORBITING)
    setup.finish(setup.claimed(TRAININGS))
    request, expected = {
        "training": (
            TrainingRequest(concept=setup.concept, clips=[TrainingClip(clip_id=setup.clip, caption="a cat growing")]),
            [("/clips/0/caption", CAPTION)],
        ),
        "generation": (GenerationRequest(prompt="a cat"), [("/prompt", PROMPT)]),
        "evaluation": (EvaluationRequest(concept=setup.concept, prompts=["a cat"]), [("/prompts/0", PROMPT)]),
    }[kind]
    with setup.db.read() as session:
        found = estimate(session, setup.tenant, request, setup.catalogue, now=setup.clock.now())
    assert [(warning.pointer, warning.code) for warning in found.warnings] == expected


def test_a_preview_adds_a_warning_that_a_retry_does_not_copy(setup: JobSetup):
    job = train(setup, "a cat growing")
    submitted = warnings(setup, job)
    assert submitted == [("/clips/0/caption", CAPTION)]
    claimed = setup.claimed(TRAININGS)
    with setup.db.write() as session:
        for prompt in (KNOWN, "a horse growing"):
            preview = PreviewRequest(prompt=prompt)
            request_preview(session, setup.tenant, job, preview, setup.catalogue, setup.clock.now())
    assert warnings(setup, job) == [*submitted, ("/previews/1/prompt", PROMPT)]
    assert setup.fail(claimed, BAD_CLIP).state == JobState.FAILED
    assert warnings(setup, job) == [*submitted, ("/previews/1/prompt", PROMPT)]
    assert warnings(setup, setup.retry(job).id) == submitted
