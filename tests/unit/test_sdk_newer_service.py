"""What a newer service answers, parsed by the generated models: nothing is refused, and nothing is lost."""

from typing import Any

import pytest

from choreo.generated import models
from tests.newer_service import NEW, SCHEMAS, answers, newer

UNIONS = ("TrainingJob", "GenerationJob", "EvaluationJob")


def _schemas(part: Any, found: set[str]) -> set[str]:
    if isinstance(part, dict):
        name = str(part.get("$ref", "")).rpartition("/")[2]
        if name and name not in found:
            found.add(name)
            _schemas(SCHEMAS[name], found)
    for one in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        _schemas(one, found)
    return found


ANSWERED = sorted(_schemas([schema for _, schema in answers()], set()))


@pytest.mark.parametrize("name", [name for name in ANSWERED if "properties" in SCHEMAS[name]])
def test_unknown_values_and_fields_are_kept(name: str):
    model = getattr(models, "".join(part.title() if part.islower() else part for part in name.split("_")))
    answer = newer(SCHEMAS[name])
    assert model.from_dict(answer).to_dict() == answer


@pytest.mark.parametrize("kind", ["training", "generation", "evaluation", NEW])
def test_a_list_with_an_unknown_kind_is_read(kind: str):
    items = SCHEMAS["Page_Job_"]["properties"]["data"]["items"]
    page = {"data": [newer(items, kind=kind), newer(items, kind="training")], "next_cursor": None, "has_more": False}
    jobs = models.PageJob.from_dict(page).data
    assert [(job.kind, job.state) for job in jobs] == [(kind, NEW), ("training", NEW)]
    assert jobs[0].error is not None
    assert (jobs[0].error.fault, jobs[0].to_dict()) == (NEW, page["data"][0])


def test_a_malformed_job_of_a_known_kind_is_no_unknown_kind():
    items = SCHEMAS["Page_Job_"]["properties"]["data"]["items"]
    job = newer(items, kind="generation")
    for field, value in {
        "spec": {},
        "error": 5,
        "state": 5,
        "state_seq": "1",
        "webhook_url": 5,
        "attempts": {},
    }.items():
        with pytest.raises((KeyError, TypeError, ValueError)):
            models.PageJob.from_dict({"data": [job | {field: value}], "next_cursor": None, "has_more": False})
