"""`Idempotency-Key`: a repeated request has one effect."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import httpx
import pytest

from services.jobs.lifecycle import attempts
from services.jobs.state import repository
from services.jobs.state.types import Checkpoint
from shared.schemas.job import JobError
from tests.service import Service

BALL = {"prompt": "a ball"}
KEY = {"Idempotency-Key": "order-1"}


def count(caller: httpx.Client) -> int:
    return len(caller.get("/v1/jobs", params={"limit": 100}).json()["data"])


def test_the_same_request_gets_the_first_answer(service: Service):
    caller = service.caller()
    first = caller.post("/v1/generations", json=BALL, headers=KEY)
    caller.post(f"/v1/jobs/{first.json()['id']}/cancel")
    again = caller.post("/v1/generations", json=BALL, headers=KEY)
    assert (again.status_code, again.content, again.headers["location"]) == (
        202,
        first.content,
        first.headers["location"],
    )
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert count(caller) == 1


def test_another_request_under_the_same_key_is_refused(service: Service):
    caller = service.caller()
    caller.post("/v1/generations", json=BALL, headers=KEY)
    for path, body in (("/v1/generations", {"prompt": "a cube"}), ("/v1/concepts", {"name": "orbit"})):
        refused = caller.post(path, json=body, headers=KEY)
        assert (refused.status_code, refused.json()["code"]) == (422, "idempotency_mismatch")
    assert count(caller) == 1


def test_a_refused_request_leaves_the_key_free(service: Service):
    caller = service.caller()
    unknown = {"prompt": "a ball", "concept": "con_01KAPZ6V3W8Q0M4N5R6S7T8V9X"}
    assert caller.post("/v1/generations", json=unknown, headers=KEY).status_code == 422
    assert caller.post("/v1/generations", json=BALL, headers=KEY).status_code == 202


def test_keys_of_different_tenants_are_different_keys(service: Service):
    answers = [service.caller(name).post("/v1/generations", json=BALL, headers=KEY) for name in ("a", "b")]
    assert [answer.status_code for answer in answers] == [202, 202]
    assert answers[0].json()["id"] != answers[1].json()["id"]


def test_many_at_once_make_one_job(service: Service):
    caller = service.caller()
    start = Barrier(32)

    def post(_: int) -> httpx.Response:
        start.wait(timeout=60)
        return caller.post("/v1/generations", json=BALL, headers=KEY)

    with ThreadPoolExecutor(32) as pool:
        answers = list(pool.map(post, range(32)))
    good = [answer for answer in answers if answer.status_code == 202]
    assert {answer.status_code for answer in answers} <= {202, 409}
    assert all(answer.json()["code"] == "idempotency_in_flight" for answer in answers if answer.status_code == 409)
    assert len({answer.json()["id"] for answer in good}) == 1
    assert sum("idempotency-replayed" not in answer.headers for answer in good) == 1
    assert count(caller) == 1


def test_a_replay_waits_too(service: Service):
    caller = service.caller()
    job_id = caller.post("/v1/generations", json=BALL, headers=KEY).json()["id"]
    caller.post(f"/v1/jobs/{job_id}/cancel")
    again = caller.post("/v1/generations", json=BALL, headers=KEY | {"Prefer": "wait=30"})
    assert (again.status_code, again.json()["state"], again.headers["idempotency-replayed"]) == (
        200,
        "canceled",
        "true",
    )


def test_a_key_that_is_none(service: Service):
    for key in ("", "a" * 256, "two words"):
        refused = service.caller().post("/v1/generations", json=BALL, headers={"Idempotency-Key": key})
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "header/Idempotency-Key")


@pytest.mark.parametrize("verb", ["cancel", "retry", "checkpoint", "preview", "promote"])
def test_a_key_without_the_scope_does_not_get_what_another_key_was_answered(service: Service, verb: str):
    owner = service.caller()
    concept = owner.post("/v1/concepts", json={"name": "orbit"}).json()["id"]
    clips = [{"clip_id": service.ready_clip(owner), "caption": "a ball orbiting"}]
    job_id = owner.post("/v1/trainings", json={"concept": concept, "clips": clips}).json()["id"]
    running = service.claim("training")
    if verb == "retry":
        service.fail(running, JobError(code="bad_clip", message="nothing moves", retryable=False, fault="user"))
    if verb == "promote":
        checkpoint = Checkpoint(step=5, attempt=running.attempt, files=())
        with service.database.write() as session:
            now = service.clock.now()
            attempts.beat(session, job_id, running.attempt, now=now, lease_seconds=60, checkpoint=checkpoint)
    first = owner.post(f"/v1/jobs/{job_id}/{verb}", headers=KEY)
    assert first.status_code in (200, 202), first.text
    again = owner.post(f"/v1/jobs/{job_id}/{verb}", headers=KEY)
    assert again.headers["idempotency-replayed"] == "true"
    with service.database.read() as session:
        tenant = repository.get(session, running.tenant_id, job_id).tenant_id
    for scopes in (("read",), ("generate",)):
        refused = service.key_of(tenant, scopes).post(f"/v1/jobs/{job_id}/{verb}", headers=KEY)
        assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
