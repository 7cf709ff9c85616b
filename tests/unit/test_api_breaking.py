"""The API of version 1 is not broken, and the checker detects each kind of breaking change."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from api import breaking
from tests.unit.test_project_rules import ROOT

RELEASED = ROOT / "sdk" / "openapi.released.json"
COMMITTED = ROOT / "sdk" / "openapi.json"
Change = Callable[[dict[str, Any]], object]


@pytest.fixture(scope="module")
def released() -> dict[str, Any]:
    return json.loads(RELEASED.read_text())


def test_nothing_that_was_released_is_gone(released: dict[str, Any]):
    assert breaking.losses(released, json.loads(COMMITTED.read_text())) == []


def operation(document: dict[str, Any]) -> dict[str, Any]:
    return document["paths"]["/v1/generations"]["post"]


def fields(document: dict[str, Any], schema: str) -> dict[str, Any]:
    return document["components"]["schemas"][schema]["properties"]


def required(document: dict[str, Any], schema: str) -> list[str]:
    return document["components"]["schemas"][schema]["required"]


LOSSES: dict[str, Change] = {
    "/v1/usage: gone": lambda new: new["paths"].pop("/v1/usage"),
    "DELETE /v1/clips/{clip_id}: gone": lambda new: new["paths"]["/v1/clips/{clip_id}"].pop("delete"),
    "POST /v1/generations: is called generate and was create_generation": lambda new: operation(new).update(
        operationId="generate"
    ),
    "GET /v1/jobs: query state is gone": lambda new: new["paths"]["/v1/jobs"]["get"].update(
        parameters=[one for one in new["paths"]["/v1/jobs"]["get"]["parameters"] if one["name"] != "state"]
    ),
    "POST /v1/generations: query size is required": lambda new: operation(new)["parameters"].append(
        {"name": "size", "in": "query", "required": True, "schema": {"type": "string"}}
    ),
    "POST /v1/generations body/steps: gone": lambda new: fields(new, "GenerationRequest").pop("steps"),
    "POST /v1/generations body/size: is required": lambda new: required(new, "GenerationRequest").append("size"),
    "POST /v1/trainings body/concept: must match ^x$": lambda new: fields(new, "TrainingRequest")["concept"].update(
        pattern="^x$"
    ),
    "/highway/mode: no longer takes full": lambda new: fields(new, "HighwayRequest")["mode"]["anyOf"][0]["enum"].remove(
        "full"
    ),
    "POST /v1/generations body/steps: maximum is 10 and was 1000.0": lambda new: fields(new, "GenerationRequest")[
        "steps"
    ]["anyOf"][0].update(maximum=10),
    "POST /v1/generations body/seed: no longer takes null": lambda new: fields(new, "GenerationRequest")["seed"][
        "anyOf"
    ].pop(),
    "POST /v1/generations: 202 is not documented": lambda new: operation(new)["responses"].pop("202"),
    "/aliases: gone": lambda new: fields(new, "Concept").pop("aliases"),
    "/aliases: may be missing": lambda new: required(new, "Concept").remove("aliases"),
    "/name: is integer and was string": lambda new: fields(new, "Concept").update(name={"type": "integer"}),
    "/name: may be null": lambda new: fields(new, "Concept").update(
        name={"anyOf": [{"type": "string"}, {"type": "null"}]}
    ),
    "POST news body/data: gone": lambda new: fields(new, "WebhookPayload").pop("data"),
}


@pytest.mark.parametrize("loss", LOSSES)
def test_each_loss_is_seen(released: dict[str, Any], loss: str):
    changed = copy.deepcopy(released)
    LOSSES[loss](changed)
    found = breaking.losses(released, changed)
    assert [line for line in found if line.endswith(loss)], found


GAINS: dict[str, Change] = {
    "a path": lambda new: new["paths"].update({"/v1/more": new["paths"]["/v1/usage"]}),
    "a field of a request that may be left out": lambda new: fields(new, "GenerationRequest").update(
        size={"type": "integer"}
    ),
    "a field of an answer": lambda new: fields(new, "Concept").update(owner={"type": "string"}),
    "a value of a request": lambda new: fields(new, "HighwayRequest")["mode"]["anyOf"][0]["enum"].append("half"),
    "a wider bound": lambda new: fields(new, "GenerationRequest")["steps"]["anyOf"][0].update(maximum=2000),
    "a field that needs not be sent any more": lambda new: required(new, "GenerationRequest").remove("prompt"),
    "a header that the document no longer says can be null": lambda new: next(
        one for one in operation(new)["parameters"] if one["name"] == "Idempotency-Key"
    ).update(schema={"type": "string"}),
    "a status": lambda new: operation(new)["responses"].update({"429": operation(new)["responses"]["422"]}),
}


def rename_evaluation(document: dict[str, Any]) -> dict[str, Any]:
    """Renames the schema of a training's evaluation, which may be null, and returns it."""
    schemas = document["components"]["schemas"]
    schemas["Renamed"] = schemas.pop("Trial")
    fields(document, "TrainingSpec")["evaluation"]["anyOf"][0]["$ref"] = "#/components/schemas/Renamed"
    return schemas["Renamed"]


def test_a_renamed_schema_is_compared_by_its_fields(released: dict[str, Any]):
    changed = copy.deepcopy(released)
    schema = rename_evaluation(changed)
    assert breaking.losses(released, changed) == []
    del schema["properties"]["seeds"]
    assert any(line.endswith("/spec/evaluation/seeds: gone") for line in breaking.losses(released, changed))


@pytest.mark.parametrize("gain", GAINS)
def test_gains_are_none_of_its_business(released: dict[str, Any], gain: str):
    changed = copy.deepcopy(released)
    GAINS[gain](changed)
    assert breaking.losses(released, changed) == []


def test_the_command_says_what_is_lost(tmp_path: Path, capsys: pytest.CaptureFixture[str], released: dict[str, Any]):
    assert breaking.main([str(RELEASED), str(COMMITTED)]) == 0
    del released["paths"]["/v1/usage"]
    (tmp_path / "new.json").write_text(json.dumps(released))
    assert breaking.main([str(RELEASED), str(tmp_path / "new.json")]) == 1
    assert capsys.readouterr().out == "/v1/usage: gone\n"
