"""Isolation of two tenants in every operation of the document, so that new ones are covered."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import httpx

from services import outbox
from services.webhooks.messages import accept
from tests.service import DOCUMENT, Service

ADMIN = "/v1/admin/"


class Call(NamedTuple):
    """An operation of the document."""

    method: str
    path: str
    operation: dict[str, Any]

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"


def calls(document: dict[str, Any]) -> Iterator[Call]:
    """Every call that needs a key."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if path.startswith("/v1/"):
                yield Call(method.upper(), path, operation)


def minimal(document: dict[str, Any], schema: dict[str, Any]) -> Any:
    """The least value of a schema."""
    if "$ref" in schema:
        return minimal(document, document["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    match schema["type"]:
        case "object":
            return {name: minimal(document, schema["properties"][name]) for name in schema.get("required", ())}
        case "integer":
            return schema.get("minimum", 0)
        case other:
            raise NotImplementedError(f"say how a minimal {other} looks: {schema}")


def body_of(document: dict[str, Any], call: Call) -> Any:
    if "requestBody" not in call.operation:
        return None
    return minimal(document, call.operation["requestBody"]["content"]["application/json"]["schema"])


def resources(service: Service, owner: httpx.Client) -> dict[str, str]:
    """One resource of each kind, by the names of path parameters. A new parameter fails until it is here."""
    endpoint = owner.post("/v1/webhook-endpoints", json={"url": "https://example.com/hook"}).json()["id"]
    concept = owner.post("/v1/concepts", json={"name": "orbit"}).json()["id"]
    job = service.train(owner, concept)["id"]
    owner.put(f"/v1/concepts/{concept}/aliases/prod", json={"version": 1})
    with service.database.write() as session:
        for item in outbox.take(session, outbox.WEBHOOK, 10, service.clock.now()):
            accept(session, item, service.clock.now())
    delivery = owner.post(f"/v1/webhook-endpoints/{endpoint}/test").json()["id"]
    return {
        "concept_id": concept,
        "version": "1",
        "name": "prod",
        "job_id": job,
        "clip_id": service.ready_clip(owner),
        "endpoint_id": endpoint,
        "delivery_id": delivery,
    }


def snapshot(owner: httpx.Client, document: dict[str, Any], ids: dict[str, str]) -> dict[str, list[Any]]:
    """What the owner reads, without URLs, which are signed anew each time."""
    found: dict[str, list[Any]] = {}
    for call in reads(document):
        answer = owner.get(call.path.format_map(ids))
        assert answer.status_code == 200, (call.name, answer.text)
        found[call.name] = [line for line in answer.text.split('"') if "://" not in line]
    return found


def reads(document: dict[str, Any]) -> list[Call]:
    return [call for call in calls(document) if call.method == "GET" and "{" in call.path and ADMIN not in call.path]


def test_another_tenants_ids_are_404_in_every_call(service: Service):
    owner, stranger = service.caller("owner"), service.caller("stranger")
    document = json.loads(DOCUMENT.read_text())
    ids = resources(service, owner)
    before = snapshot(owner, document, ids)
    answers: dict[str, tuple[int, str]] = {}
    for call in calls(document):
        if "{" in call.path and not call.path.startswith(ADMIN):
            answer = stranger.request(call.method, call.path.format_map(ids), json=body_of(document, call))
            answers[call.name] = (answer.status_code, answer.json().get("code"))
    assert len(answers) >= 20
    assert {name: answer for name, answer in answers.items() if answer != (404, "not_found")} == {}
    assert snapshot(owner, document, ids) == before


def test_no_list_shows_another_tenants_things(service: Service):
    owner, stranger = service.caller("owner"), service.caller("stranger")
    document = json.loads(DOCUMENT.read_text())
    ids = resources(service, owner)
    secrets = {value for name, value in ids.items() if name.endswith("_id")}
    filtered = 0
    for call in calls(document):
        if call.method != "GET" or "{" in call.path or call.path.startswith(ADMIN):
            continue
        assert not [id for id in secrets if id in stranger.get(call.path).text], call.name
        for parameter in call.operation.get("parameters", ()):
            theirs = ids.get(f"{parameter['name']}_id")
            if theirs is not None:
                assert stranger.get(call.path, params={parameter["name"]: theirs}).json()["data"] == [], call.name
                assert owner.get(call.path, params={parameter["name"]: theirs}).json()["data"] != [], call.name
                filtered += 1
    assert filtered >= 3


def test_only_the_scope_admin_runs_the_service(sqlite_service: Service):
    caller = sqlite_service.caller()
    document = json.loads(DOCUMENT.read_text())
    some = {
        "tenant_id": "ten_01KAPZ6V3W8Q0M4N5R6S7T8V9X",
        "key_id": "key_01KAPZ6V3W8Q0M4N5R6S7T8V9X",
        "letter_id": "out_1",
        "name": "gpu-1",
    }
    admin = [call for call in calls(document) if call.path.startswith(ADMIN)]
    answers = {call.name: caller.request(call.method, call.path.format_map(some)).status_code for call in admin}
    assert len(answers) >= 9
    assert set(answers.values()) == {403}, answers
