"""Concepts, their versions and aliases over HTTP."""

import httpx
from sqlalchemy import update

from services.db.tables import VersionRow
from tests.service import Service


def make(caller: httpx.Client, name: str = "orbit") -> str:
    """The id of a new concept."""
    response = caller.post("/v1/concepts", json={"name": name})
    assert (response.status_code, response.headers["location"]) == (201, f"/v1/concepts/{response.json()['id']}")
    return response.json()["id"]


def test_a_concept_is_made_read_changed_and_deleted(service: Service):
    caller = service.caller()
    concept_id = make(caller)
    changed = caller.patch(f"/v1/concepts/{concept_id}", json={"description": "around", "metadata": {"a": "b"}})
    assert changed.json() == caller.get(f"/v1/concepts/{concept_id}").json()
    assert (changed.json()["name"], changed.json()["description"]) == ("orbit", "around")
    deleted = caller.delete(f"/v1/concepts/{concept_id}")
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert caller.get(f"/v1/concepts/{concept_id}").status_code == 404


def test_pages_of_concepts(service: Service):
    caller = service.caller()
    made = {make(caller, f"motion {number}") for number in range(3)}
    first = caller.get("/v1/concepts?limit=2").json()
    second = caller.get("/v1/concepts", params={"limit": 2, "cursor": first["next_cursor"]}).json()
    assert (len(first["data"]), first["has_more"], len(second["data"]), second["has_more"]) == (2, True, 1, False)
    assert {concept["id"] for concept in first["data"] + second["data"]} == made


def test_a_training_makes_a_version(service: Service):
    caller = service.caller()
    concept_id = make(caller)
    job = service.train(caller, concept_id)
    assert (job["state"], job["result"]["version"]) == ("succeeded", 1)
    caller.post("/v1/generations", json={"prompt": "a ball"})
    listed = caller.get("/v1/jobs", params={"concept": concept_id}).json()["data"]
    assert [one["id"] for one in listed] == [job["id"]]
    version = caller.get(f"/v1/concepts/{concept_id}/versions/1").json()
    assert (version["job_id"], version["seed"]) == (job["id"], job["spec"]["recipe"]["seed"])
    assert service.client().get(version["adapter"]["url"]).content == b"weights"
    concept = caller.get(f"/v1/concepts/{concept_id}").json()
    assert (concept["latest_version"], concept["aliases"]) == (1, {"latest": 1})


def test_versions_are_listed_newest_first(service: Service):
    caller = service.caller()
    concept_id = make(caller)
    service.train(caller, concept_id), service.train(caller, concept_id)
    page = caller.get(f"/v1/concepts/{concept_id}/versions?limit=1").json()
    assert ([version["version"] for version in page["data"]], page["has_more"]) == ([2], True)
    rest = caller.get(f"/v1/concepts/{concept_id}/versions", params={"limit": 1, "cursor": page["next_cursor"]}).json()
    assert ([version["version"] for version in rest["data"]], rest["has_more"]) == ([1], False)


def test_an_alias_moves_by_compare_and_set(service: Service):
    caller = service.caller()
    concept_id = make(caller)
    service.train(caller, concept_id), service.train(caller, concept_id)
    prod = f"/v1/concepts/{concept_id}/aliases/prod"
    assert caller.put(prod, json={"version": 1}).json()["version"] == 1
    moved = caller.put(prod, json={"version": 2})
    assert (moved.status_code, moved.json()["code"]) == (409, "alias_moved")
    assert caller.put(prod, json={"version": 2, "expected_version": 1}).json()["version"] == 2
    assert caller.put(prod, json={"version": 9, "expected_version": 2}).status_code == 404
    assert caller.put(prod.replace("prod", "latest"), json={"version": 1}).status_code == 422
    assert caller.get(f"/v1/concepts/{concept_id}").json()["aliases"] == {"latest": 2, "prod": 2}


def test_a_quality_gate_keeps_an_alias_from_a_version(service: Service):
    caller = service.caller()
    gate = {"motion_fidelity": {"least": 0.8}, "leakage": {"greatest": 0.1}}
    made = caller.post("/v1/concepts", json={"name": "orbit", "quality_gate": gate})
    assert made.status_code == 201, made.text
    here = f"/v1/concepts/{made.json()['id']}"
    service.train(caller, made.json()["id"])

    def put(**fields: object) -> httpx.Response:
        return caller.put(f"{here}/aliases/prod", json={"version": 1} | fields)

    def measured(**metrics: float) -> None:
        with service.database.write() as session:
            session.execute(update(VersionRow).values(metrics=metrics))

    def complaints(answer: httpx.Response) -> list[str]:
        assert (answer.status_code, answer.json()["code"]) == (409, "quality_gate"), answer.text
        return sorted(error["code"] for error in answer.json()["errors"])

    assert complaints(put()) == ["not_measured", "not_measured"]
    measured(motion_fidelity=0.79, leakage=0.11)
    assert complaints(put()) == ["above_gate", "below_gate"]
    assert caller.get(here).json()["aliases"] == {"latest": 1}
    assert put(force=True).status_code == 200
    measured(motion_fidelity=0.8, leakage=0.1)
    assert put(expected_version=1).status_code == 200
    measured(motion_fidelity=0.1, leakage=0.1)
    assert complaints(put(expected_version=1)) == ["below_gate"]
    assert caller.patch(here, json={"quality_gate": {}}).json()["quality_gate"] == {}
    assert put(expected_version=1).status_code == 200
    for wrong in ({}, {"least": 2, "greatest": 1}):
        answer = caller.patch(here, json={"quality_gate": {"x": wrong}})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/quality_gate/x")


def test_a_generation_names_a_version(service: Service):
    caller = service.caller()
    concept_id = make(caller)
    service.train(caller, concept_id), service.train(caller, concept_id)
    caller.put(f"/v1/concepts/{concept_id}/aliases/prod", json={"version": 1})
    for reference, version in (("", 2), ("@1", 1), ("@latest", 2), ("@prod", 1)):
        job = caller.post("/v1/generations", json={"prompt": "a cube orbiting", "concept": concept_id + reference})
        assert job.status_code == 202
        assert job.json()["spec"]["concept"] == {"concept_id": concept_id, "version": version}


def test_another_tenants_concept_does_not_exist(service: Service):
    caller, other = service.caller(), service.caller("other")
    concept_id = make(caller)
    service.train(caller, concept_id)
    for method, path, body in (
        ("GET", "", None),
        ("PATCH", "", {"name": "mine"}),
        ("DELETE", "", None),
        ("GET", "/versions", None),
        ("GET", "/versions/1", None),
        ("PUT", "/aliases/prod", {"version": 1}),
    ):
        response = other.request(method, f"/v1/concepts/{concept_id}{path}", json=body)
        assert (response.status_code, response.json()["code"]) == (404, "not_found"), (method, path)
    assert other.get("/v1/concepts").json()["data"] == []
    assert caller.get(f"/v1/concepts/{concept_id}").json()["name"] == "orbit"


def test_another_tenants_concept_can_be_neither_trained_nor_performed(service: Service):
    caller, other = service.caller(), service.caller("other")
    concept_id = make(caller)
    service.train(caller, concept_id)
    clips = [{"clip_id": service.ready_clip(other), "caption": "a ball"}]
    for path, body in (
        ("/v1/trainings", {"concept": concept_id, "clips": clips}),
        ("/v1/generations", {"prompt": "a ball", "concept": concept_id}),
    ):
        refused = other.post(path, json=body)
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "concept_not_found")
    own = {"concept": make(other), "clips": [{"clip_id": service.ready_clip(caller), "caption": "a ball"}]}
    assert other.post("/v1/trainings", json=own).json()["errors"][0]["code"] == "clip_not_found"
