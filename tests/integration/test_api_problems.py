"""Every kind of error is a problem (RFC 9457), with the fields that callers rely on."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from shared.schemas.problem import Problem
from tests.service import Service, running

if TYPE_CHECKING:
    from tests.servers.postgresql import PostgresServer

UNKNOWN = "01KAPZ6V3W8Q0M4N5R6S7T8V9X"


def problem(response: httpx.Response, status: int, code: str) -> Problem:
    """The problem of this response, after validation."""
    assert (response.status_code, response.headers["content-type"]) == (status, "application/problem+json")
    found = Problem.model_validate(response.json())
    assert (found.status, found.code, found.type) == (status, code, f"urn:choreo:problem:{code}")
    assert found.request_id == response.headers["x-request-id"]
    assert found.title
    assert found.detail
    assert "Traceback" not in response.text
    return found


def pointers(found: Problem) -> dict[str, str]:
    return {error.pointer: error.code for error in found.errors}


@pytest.fixture
def caller(sqlite_service: Service) -> httpx.Client:
    return sqlite_service.caller()


def test_without_a_key_or_with_a_wrong_one(sqlite_service: Service):
    for headers in ({}, {"Authorization": "Bearer chk_made_up"}, {"Authorization": "Basic dTpw"}):
        response = sqlite_service.client().get("/v1/jobs", headers=headers)
        problem(response, 401, "unauthorized")
        assert response.headers["www-authenticate"] == "Bearer"


def test_without_the_scope(sqlite_service: Service):
    reader = sqlite_service.caller(scopes=("read",))
    assert reader.get("/v1/concepts").status_code == 200
    problem(reader.post("/v1/concepts", json={"name": "orbit"}), 403, "forbidden")
    problem(reader.post("/v1/generations", json={"prompt": "a ball"}), 403, "forbidden")
    problem(sqlite_service.caller(scopes=("train",)).get("/v1/concepts"), 403, "forbidden")


def test_wrong_fields_are_pointed_at_all_at_once(caller: httpx.Client):
    body = {"name": "", "descripion": "x", "metadata": {"a/b": 3}}
    found = problem(caller.post("/v1/concepts", json=body), 422, "invalid")
    assert pointers(found) == {
        "/name": "string_too_short",
        "/descripion": "unknown_field",
        "/metadata/a~1b": "string_type",
    }


def test_unknown_fields_deep_down(caller: httpx.Client):
    clips = [{"clip_id": f"clip_{UNKNOWN}", "caption": "a ball", "weight": 1}]
    body = {"concept": f"con_{UNKNOWN}", "clips": clips, "recipe": {"stepps": 3}}
    found = problem(caller.post("/v1/trainings", json=body), 422, "invalid")
    assert pointers(found) == {"/clips/0/weight": "unknown_field", "/recipe/stepps": "unknown_field"}


def test_what_the_domain_refuses_has_pointers_too(caller: httpx.Client):
    body = {"concept": f"con_{UNKNOWN}", "clips": [{"clip_id": f"clip_{UNKNOWN}", "caption": "a ball"}]}
    found = problem(caller.post("/v1/trainings", json=body), 422, "invalid")
    assert pointers(found) == {"/concept": "concept_not_found"}
    found = problem(caller.post("/v1/generations", json={"prompt": "a ball", "num_frames": 10_000}), 422, "invalid")
    assert pointers(found) == {"/num_frames": "out_of_limits"}


@pytest.mark.parametrize("url", ["http://example.com/", "https://127.0.0.1/", "https://[::1]/", "https://u:p@a.org/"])
def test_a_webhook_that_the_policy_refuses(caller: httpx.Client, url: str):
    found = problem(caller.post("/v1/generations", json={"prompt": "a ball", "webhook_url": url}), 422, "invalid")
    assert pointers(found) == {"/webhook_url": "webhook_target_refused"}


def test_a_body_that_is_not_json(caller: httpx.Client):
    json = {"content-type": "application/json"}
    problem(caller.post("/v1/concepts", content=b'{"name":', headers=json), 400, "malformed_json")
    problem(caller.post("/v1/concepts", content=b"\xff\xfe", headers=json), 400, "malformed_json")
    problem(caller.post("/v1/concepts", content=b"[" * 100_000, headers=json), 400, "malformed_json")
    deep = b"[" * 900 + b"]" * 900
    problem(caller.post("/v1/concepts", content=b'{"name": %s}' % deep, headers=json), 422, "invalid")
    problem(caller.post("/v1/concepts", data={"name": "orbit"}), 415, "unsupported_media_type")
    assert pointers(problem(caller.post("/v1/concepts"), 422, "invalid")) == {"": "required"}


def test_what_no_database_keeps(caller: httpx.Client):
    found = problem(caller.post("/v1/concepts", json={"name": "a\0b", "metadata": {"k": "v\0"}}), 422, "invalid")
    assert pointers(found) == {"/name": "unstorable_text", "/metadata/k": "unstorable_text"}
    problem(caller.post("/v1/concepts", json={"name": "a", "metadata": {"k\0": "v"}}), 422, "invalid")
    json = {"content-type": "application/json"}
    problem(caller.post("/v1/concepts", content=b'{"name":"\\ud800"}', headers=json), 422, "invalid")
    kept = caller.post("/v1/concepts", json={"name": "a backslash, \\u0000"})
    assert (kept.status_code, kept.json()["name"]) == (201, "a backslash, \\u0000")


def test_text_in_a_query_a_path_or_a_header_that_no_database_keeps(service: Service):
    operator = service.caller("operator", ("admin", "read"))
    for query in ("action=%00", "target=a%00b", "cursor=%00"):
        name = query.partition("=")[0]
        found = problem(operator.get(f"/v1/admin/audit?{query}"), 422, "invalid")
        assert pointers(found) == {f"query/{name}": "unstorable_text"}
    for path in ("/v1/admin/workers/a%00", "/v1/admin/keys/%00", "/v1/jobs/%00", "/v1/admin/dead-letters/%00/requeue"):
        assert operator.request("POST" if "requeue" in path else "GET", path).status_code in (404, 405)
    assert operator.get("/v1/admin/audit?action=%FF%ED%A0%80").status_code == 200


@pytest.mark.parametrize("number", ["1_0", "+1", "1.0", "1e1", "%201", "0x1", "%D9%A1", "1" * 5000, "-", ""])
def test_a_number_in_a_query_a_path_or_a_header_is_digits(caller: httpx.Client, number: str):
    assert pointers(problem(caller.get(f"/v1/jobs?limit={number}"), 422, "invalid")) == {"query/limit": "int_parsing"}
    problem(caller.get(f"/v1/events?after={number}"), 422, "invalid")
    if number:
        problem(caller.get(f"/v1/concepts/con_{UNKNOWN}/versions/{number}"), 404, "not_found")


@pytest.mark.parametrize("number", ["1e999", "-1e999", "NaN", "Infinity"])
def test_a_number_that_is_not_finite(caller: httpx.Client, number: str):
    body = b'{"prompt": "a ball", "adapter_scale": %s}' % number.encode()
    response = caller.post("/v1/generations", content=body, headers={"content-type": "application/json"})
    assert "/adapter_scale" in pointers(problem(response, 422, "invalid"))
    recipe = b'{"concept": "con_%s", "clips": [{"clip_id": "clip_%s", "caption": "a"}], "recipe": {"weight_decay": %s}}'
    body = recipe % (UNKNOWN.encode(), UNKNOWN.encode(), number.encode())
    response = caller.post("/v1/trainings", content=body, headers={"content-type": "application/json"})
    assert "/recipe/weight_decay" in pointers(problem(response, 422, "invalid"))


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("/steps", "30", "int_type"),
        ("/steps", True, "int_type"),
        ("/guidance_scale", "9.5", "float_type"),
        ("/highway/gain", True, "float_type"),
        ("/deadlines/start_by", 1_800_000_000, "date_time"),
        ("/deadlines/start_by", "2030-01-31", "date_time"),
        ("/deadlines/start_by", "0001-01-01T00:00:00+01:00", "date_time"),
        ("/prompt", " \u2003", "string_too_short"),
    ],
)
def test_values_are_of_their_own_type(caller: httpx.Client, field: str, value: object, code: str):
    *outer, name = field.removeprefix("/").split("/")
    body = {name: value} if not outer else {outer[0]: {name: value}}
    found = problem(caller.post("/v1/generations", json={"prompt": "a ball"} | body), 422, "invalid")
    assert pointers(found) == {field: code}


def test_a_number_without_a_fraction_is_an_integer(caller: httpx.Client):
    dry = caller.post("/v1/generations?dry_run=true", json={"prompt": "a ball", "steps": 7.0, "guidance_scale": 2})
    assert (dry.status_code, dry.json()["spec"]["steps"], dry.json()["spec"]["guidance_scale"]) == (200, 7, 2.0)
    seeds = caller.post("/v1/evaluations", json={"concept": f"con_{UNKNOWN}", "seeds": [7.0, 8]})
    assert pointers(problem(seeds, 422, "invalid")) == {"/concept": "concept_not_found"}
    body = {"prompt": "a ball", "steps": 7.5}
    assert pointers(problem(caller.post("/v1/generations", json=body), 422, "invalid")) == {"/steps": "int_type"}


def test_numbers_that_no_column_holds(caller: httpx.Client):
    response = caller.put(
        f"/v1/concepts/con_{UNKNOWN}/aliases/prod", json={"version": 10**30, "expected_version": 2**31}
    )
    assert pointers(problem(response, 422, "invalid")) == {"/version": "less_than", "/expected_version": "less_than"}


def test_query_parameters_are_closed_and_checked(caller: httpx.Client):
    assert pointers(problem(caller.get("/v1/jobs?sate=queued"), 422, "invalid")) == {"query/sate": "unknown_field"}
    assert pointers(problem(caller.get("/v1/jobs?state=wait"), 422, "invalid")) == {"query/state": "enum"}
    assert pointers(problem(caller.get("/v1/jobs?limit=0"), 422, "invalid")) == {"query/limit": "greater_than_equal"}
    assert pointers(problem(caller.get("/v1/jobs?cursor=abc"), 422, "invalid")) == {"query/cursor": "bad_cursor"}
    early = {"created_after": "0001-01-01T00:00:00+14:00", "created_before": "1800000000"}
    found = problem(caller.get("/v1/jobs", params=early), 422, "invalid")
    assert pointers(found) == {"query/created_after": "date_time", "query/created_before": "date_time"}
    assert pointers(problem(caller.get("/v1/usage?since=1767225600"), 422, "invalid")) == {"query/since": "full_date"}
    dry = caller.post("/v1/generations?dry_run=yes", json={"prompt": "a ball"})
    assert pointers(problem(dry, 422, "invalid")) == {"query/dry_run": "boolean"}


@pytest.mark.parametrize("path", ["/nowhere", "/v1/jobs/1", f"/v1/jobs/job_{UNKNOWN}", f"/v1/concepts/con_{UNKNOWN}"])
def test_what_does_not_exist(caller: httpx.Client, path: str):
    problem(caller.get(path), 404, "not_found")


def test_a_method_that_is_not_there_names_those_that_are(caller: httpx.Client):
    response = caller.put("/v1/concepts", json={})
    problem(response, 405, "method_not_allowed")
    assert response.headers["allow"] == "GET, POST"


def test_a_body_over_the_limit(caller: httpx.Client):
    def pieces() -> Iterator[bytes]:
        yield from (b"a" * 2**16 for _ in range(40))

    json = {"content-type": "application/json"}
    problem(caller.post("/v1/concepts", json={"name": "a" * 2**21}), 413, "too_large")
    problem(caller.post("/v1/concepts", content=pieces(), headers=json), 413, "too_large")


def test_a_defect_answers_without_a_traceback(caller: httpx.Client, sqlite_service: Service):
    from sqlalchemy import text

    with sqlite_service.database.engine.begin() as connection:
        connection.execute(text("ALTER TABLE concepts RENAME TO lost"))
    response = caller.get("/v1/concepts", headers={"X-Request-Id": "my-own-id-1"})
    found = problem(response, 500, "internal")
    assert found.request_id == "my-own-id-1"
    assert "concepts" not in found.detail


def test_a_database_that_is_unreachable_for_a_while(
    postgresql_server: "PostgresServer", postgresql_template: str, tmp_path: Path
):
    with running(postgresql_server.create("away", template=postgresql_template), tmp_path) as service:
        caller = service.caller()
        service.database.close()
        postgresql_server.drop("away")
        for path in ("/readyz", "/v1/concepts"):
            response = caller.get(path)
            assert problem(response, 503, "unavailable").retryable
            assert response.headers["retry-after"] == "5"
        assert caller.get("/healthz").status_code == 200
        postgresql_server.create("away", template=postgresql_template)
        assert caller.get("/readyz").status_code == 200
    postgresql_server.drop("away")


def test_request_ids(caller: httpx.Client):
    ids = [
        caller.get("/healthz", headers=headers).headers["x-request-id"] for headers in ({}, {}, {"X-Request-Id": "x y"})
    ]
    assert len(set(ids)) == 3
    assert all(id.startswith("req_") for id in ids)
