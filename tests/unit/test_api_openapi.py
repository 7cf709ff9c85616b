"""The committed OpenAPI document is the served one, is valid, describes everything, and has valid examples."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from api import openapi, schema_examples
from api.main import create_app
from shared.settings import Settings


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> str:
    return openapi.render(create_app(openapi.settings(tmp_path_factory.mktemp("openapi"))))


@pytest.fixture(scope="module")
def document(text: str) -> dict[str, Any]:
    return json.loads(text)


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield path, method, operation


def test_the_committed_document_has_not_drifted(text: str):
    assert openapi.COMMITTED.read_text() == text, "run `python -m api.openapi`"


def test_it_is_valid(document: dict[str, Any]):
    OpenAPIV31SpecValidator(document).validate()
    assert document["openapi"].startswith("3.1")


def test_every_reference_leads_somewhere(text: str, document: dict[str, Any]):
    for name in re.findall(r'"\$ref": "#/components/schemas/([^"]+)"', text):
        assert name in document["components"]["schemas"]


def test_every_operation_is_described(document: dict[str, Any]):
    tags = {tag["name"] for tag in document["tags"]}
    ids = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(ids) == len(set(ids))
    for path, method, operation in operations(document):
        assert operation.get("summary"), (path, method)
        assert operation.get("description"), (path, method)
        assert set(operation["tags"]) <= tags, (path, method)


def test_every_call_under_v1_needs_a_key_and_answers_problems(document: dict[str, Any]):
    for path, method, operation in operations(document):
        if not path.startswith("/v1/"):
            continue
        assert operation["security"] == [{"key": []}], (path, method)
        assert {"401", "403", "default"} <= operation["responses"].keys(), (path, method)
        for status, response in operation["responses"].items():
            if status == "default" or int(status) >= 400:
                assert list(response["content"]) == ["application/problem+json"], (path, method, status)
        assert "{" not in path or "404" in operation["responses"], (path, method)


def test_every_post_takes_an_idempotency_key(document: dict[str, Any]):
    for path, method, operation in operations(document):
        if method == "post":
            names = {one["name"] for one in operation["parameters"]}
            assert "Idempotency-Key" in names, path
            assert {"409", "422"} <= operation["responses"].keys(), path


def test_bodies_are_closed(document: dict[str, Any]):
    schemas = document["components"]["schemas"]
    for path, _, operation in operations(document):
        if "requestBody" in operation:
            reference = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
            assert schemas[reference.rpartition("/")[2]]["additionalProperties"] is False, path


def test_every_property_and_parameter_is_described(document: dict[str, Any]):
    schemas = document["components"]["schemas"]
    assert [name for name, schema in schemas.items() if not schema.get("description")] == []
    properties = [
        (name, field, part) for name in schemas for field, part in schemas[name].get("properties", {}).items()
    ]
    assert [f"{name}.{field}" for name, field, part in properties if not part.get("description")] == []
    parameters = [(id, one) for id, operation in calls(document) for one in operation.get("parameters", [])]
    assert [f"{id} {one['name']}" for id, one in parameters if not one.get("description")] == []


def test_every_request_and_response_is_described(document: dict[str, Any]):
    for id, operation in calls(document):
        assert operation.get("description"), id
        for status, response in operation["responses"].items():
            assert response["description"], (id, status)
            for name, header in response.get("headers", {}).items():
                assert header["description"], (id, status, name)


def calls(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every operation with its id, of paths and of webhooks."""
    for item in [*document["paths"].values(), *document["webhooks"].values()]:
        yield from ((operation["operationId"], operation) for operation in item.values())


def test_every_schema_has_a_valid_example(document: dict[str, Any]):
    for schema in document["components"]["schemas"].values():
        assert schema["examples"]
        for example in schema["examples"]:
            check(document, schema, example)


def test_every_example_of_a_field_is_valid(document: dict[str, Any]):
    for schema in document["components"]["schemas"].values():
        for field in schema.get("properties", {}).values():
            for example in field.get("examples", []):
                check(document, field, example)
            if "default" in field:
                check(document, field, field["default"])


def test_every_example_of_a_request_is_valid(document: dict[str, Any]):
    contents = [one["requestBody"]["content"] for _, one in calls(document) if "requestBody" in one]
    examples = [(part["schema"], one) for content in contents for part in content.values() for one in named(part)]
    assert len(examples) > 20
    for schema, example in examples:
        check(document, schema, example["value"])


def named(content: dict[str, Any]) -> list[dict[str, Any]]:
    return list(content.get("examples", {}).values())


def check(document: dict[str, Any], schema: dict[str, Any], example: Any) -> None:
    whole = schema | {"components": document["components"]}
    Draft202012Validator(whole, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(example)


def test_a_field_without_any_example_is_named():
    schemas = {"Clip": {"type": "object", "properties": {"name": {"type": "string"}}}}
    with pytest.raises(schema_examples.NoExample, match=r"Clip\.name"):
        schema_examples.example_of("Clip", schemas)


def test_operation_ids_are_good_names_of_methods(document: dict[str, Any]):
    for path, method, operation in operations(document):
        assert re.fullmatch(r"[a-z]+(_[a-z]+)*", operation["operationId"]), (path, method)
        assert not re.search(r"v1|get_.*_get|post", operation["operationId"]), (path, method)


def test_the_command_writes_and_checks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(openapi, "COMMITTED", tmp_path / "sdk" / "openapi.json")
    assert openapi.main(["--check"]) == 1
    assert openapi.main([]) == 0
    assert openapi.main(["--check"]) == 0
    openapi.COMMITTED.write_text("{}")
    assert openapi.main(["--check"]) == 1


def test_settings_of_the_environment_change_nothing(text: str, tmp_path: Path):
    settings = Settings.model_validate(
        openapi.settings(tmp_path).model_dump() | {"public_url": "https://elsewhere.example", "max_clip_bytes": 5}
    )
    assert openapi.render(create_app(settings)) == text
