"""Evaluations over HTTP, with a stand-in for the worker."""

import httpx

from tests.service import Service

MEASURED = {"metrics": {"leakage": 0.1}, "base_metrics": {"leakage": 0.0}, "not_measured": {"diversity": "one prompt"}}
FILES = {"previews/prompt-01.mp4": b"a clip", "report.json": b"{}"}


def version(service: Service, caller: httpx.Client) -> str:
    concept = caller.post("/v1/concepts", json={"name": "orbit"}).json()["id"]
    service.train(caller, concept)
    return f"{concept}@1"


def test_an_evaluation_from_request_to_scores(service: Service):
    caller = service.caller()
    body = {"concept": version(service, caller), "seeds": [4, 5], "metadata": {"order": "1"}}
    key = {"Idempotency-Key": "once"}
    dry = caller.post("/v1/evaluations?dry_run=true", json=body, headers=key).json()
    assert (dry["kind"], dry["spec"]["seeds"], dry["queue_position"]) == ("evaluation", [4, 5], 0)
    made = caller.post("/v1/evaluations", json=body, headers=key)
    job = made.json()
    assert (made.status_code, job["kind"], job["state"]) == (202, "evaluation", "queued")
    assert made.headers["location"] == f"/v1/jobs/{job['id']}"
    assert caller.post("/v1/evaluations", json=body, headers=key).json()["id"] == job["id"]
    service.finish(service.claim("evaluation"), FILES, **MEASURED)
    done = caller.get(f"/v1/jobs/{job['id']}").json()
    assert {name: done["result"][name] for name in MEASURED} == MEASURED
    assert service.client().get(done["result"]["previews"][0]["url"]).content == b"a clip"
    assert [one["id"] for one in caller.get("/v1/jobs?kind=evaluation").json()["data"]] == [job["id"]]
    usage = caller.get("/v1/usage").json()
    assert [one["num_succeeded"] for one in usage["jobs"] if one["kind"] == "evaluation"] == [1]
    assert usage["storage"]["evaluations_bytes"] == sum(map(len, FILES.values()))


def test_it_needs_a_version_of_ones_own_and_the_scope(sqlite_service: Service):
    service = sqlite_service
    owner, stranger = service.caller(), service.caller("stranger")
    reference = version(service, owner)
    refused = stranger.post("/v1/evaluations", json={"concept": reference})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/concept")
    wrong = {"/prompts": {"prompts": ["a", "a"]}, "/seeds": {"seeds": []}, "": {"seeds": [1], "samples": 2}}
    for pointer, fields in wrong.items():
        answer = owner.post("/v1/evaluations", json={"concept": reference} | fields)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
    trainer = service.caller("trainer", ("read", "train"))
    assert trainer.post("/v1/evaluations", json={"concept": reference}).status_code == 403


def test_an_evaluation_does_not_hold_up_a_generation(sqlite_service: Service):
    caller = sqlite_service.caller()
    caller.post("/v1/evaluations", json={"concept": version(sqlite_service, caller)})
    generation = caller.post("/v1/generations", json={"prompt": "a ball"}).json()
    assert generation["queue_position"] == 0
    assert sqlite_service.claim().id == generation["id"]


def test_a_version_shows_the_previews_of_its_training(sqlite_service: Service):
    service, caller = sqlite_service, sqlite_service.caller()
    concept = caller.post("/v1/concepts", json={"name": "orbit"}).json()["id"]
    clips = [{"clip_id": service.ready_clip(caller), "caption": "a ball orbiting"}]
    job = caller.post("/v1/trainings", json={"concept": concept, "clips": clips}).json()
    assert job["spec"]["evaluation"]["prompts"] == ["a ball orbiting"]
    service.finish(service.claim("training"), {"adapter.safetensors": b"w"} | FILES, metrics={"leakage": 0.1})
    found = caller.get(f"/v1/concepts/{concept}/versions/1").json()
    assert found["metrics"] == {"leakage": 0.1}
    assert service.client().get(found["previews"][0]["url"]).content == b"a clip"
