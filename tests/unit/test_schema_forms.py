"""The request form of a resolved schema has the same fields, all optional, with the same constraints."""

from typing import Any

import pytest
from pydantic import ValidationError

from shared.families import FAMILIES
from shared.schemas.common import ResolvedSchema
from shared.schemas.forms import defaults_of
from shared.schemas.generation import GenerationRequest, GenerationSpec, Rendering, RenderingRequest
from shared.schemas.highway import Highway, HighwayRequest
from shared.schemas.submission import Submission
from shared.schemas.training import TrainingRecipe, TrainingRecipeRequest

FORMS = [(TrainingRecipe, TrainingRecipeRequest), (Rendering, RenderingRequest), (Highway, HighwayRequest)]


@pytest.mark.parametrize(("resolved", "form"), FORMS)
def test_every_field_is_optional(resolved: type[ResolvedSchema], form: type[Any]):
    assert [*form.model_fields] == [*Submission.model_fields] * (form is RenderingRequest) + [*resolved.model_fields]
    assert all(not field.is_required() for field in form.model_fields.values())
    given = form().model_dump(exclude_none=True, exclude={*Submission.model_fields})
    assert given in ({}, {"highway": {}})


def test_descriptions_state_the_default():
    fields = TrainingRecipeRequest.model_fields
    assert (fields["rank"].description or "").endswith("LoRA matrices. Default: the base model's `rank`.")
    assert (fields["alpha"].description or "").endswith("Default: the rank.")


@pytest.mark.parametrize(
    "wrong",
    [
        {"rank": 0}, {"rank": "8"}, {"timestep_range": [0.5]}, {"highway": None}, {"highway": {"gain": 0}}, {"rnk": 8},
        {"fps": 0}, {"fps": 121},
    ],
)  # fmt: skip
def test_constraints_and_strictness_hold_in_requests(wrong: dict[str, Any]):
    with pytest.raises(ValidationError):
        TrainingRecipeRequest.model_validate(wrong)


def test_null_means_the_default():
    request = GenerationRequest.model_validate({"prompt": "a ball", "negative_prompt": None, "steps": None})
    assert request.model_dump(exclude_none=True, exclude={*Submission.model_fields}) == {
        "prompt": "a ball",
        "highway": {},
    }
    assert request.texts == {"/prompt": "a ball"}
    assert GenerationRequest(prompt="a ball", negative_prompt="blur").texts["/negative_prompt"] == "blur"


def test_the_methods_defaults_are_those_of_the_schemas():
    assert FAMILIES["unet3d"].training == defaults_of(TrainingRecipe)
    assert FAMILIES["unet3d"].generation == defaults_of(GenerationSpec, exclude={"concept"})
    assert {*TrainingRecipe.model_fields} - {*FAMILIES["unet3d"].training} == {"alpha", "seed"}
    for family in FAMILIES.values():
        assert family.training.keys() == FAMILIES["unet3d"].training.keys()
        assert family.generation.keys() == FAMILIES["unet3d"].generation.keys()


def test_a_response_has_every_field():
    schema = TrainingRecipe.model_json_schema(mode="serialization")
    assert {*schema["required"]} == {*TrainingRecipe.model_fields}
    assert not any("default" in field for field in schema["properties"].values())
