"""The audit log, compared with every admin operation of the document; dead letters and their requeuing."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from services import outbox
from services.db.tables import JobRow, OutboxRow, WebhookDeliveryRow
from services.jobs.lifecycle.dead_letters import MIN_TAKES
from services.jobs.scheduling import workers
from shared.schemas.job import JobError
from tests.service import DOCUMENT, Service

BALL = {"prompt": "a ball"}
CRASH = JobError(code="engine_died", message="gone", retryable=False, fault="service")
Do = Callable[[httpx.Client], httpx.Response]


@pytest.fixture
def admin(service: Service) -> httpx.Client:
    return service.caller("operator", ("admin",))


def dead_job(service: Service, caller: httpx.Client, error: JobError = CRASH) -> str:
    """The id of a job that failed."""
    job = caller.post("/v1/generations", json=BALL).json()["id"]
    service.fail(service.claim(), error)
    return job


def log(admin: httpx.Client, **only: str) -> list[dict[str, Any]]:
    return admin.get("/v1/admin/audit", params=only).json()["data"]


def acts(service: Service, admin: httpx.Client) -> dict[str, Do]:
    """A valid call of each admin operation that changes something. A new one fails until it is here and audited."""
    tenant = admin.post("/v1/admin/tenants", json={"name": "acme"}).json()["id"]
    key_body = {"tenant_id": tenant, "name": "web", "scopes": ["read"]}
    key = admin.post("/v1/admin/keys", json=key_body).json()["id"]
    letter = dead_job(service, service.caller())
    with service.database.write() as session:
        workers.check_in(session, "gpu-1", ["training.choreo-world"], service.clock.now())
    return {
        "create_tenant": lambda client: client.post("/v1/admin/tenants", json={"name": "other"}),
        "update_tenant": lambda client: client.patch(f"/v1/admin/tenants/{tenant}", json={"name": "Acme"}),
        "put_tenant_limits": lambda client: client.put(f"/v1/admin/tenants/{tenant}/limits", json={"queued_jobs": 9}),
        "create_key": lambda client: client.post("/v1/admin/keys", json=key_body),
        "rotate_key": lambda client: client.post(f"/v1/admin/keys/{key}/rotate"),
        "revoke_key": lambda client: client.post(f"/v1/admin/keys/{key}/revoke"),
        "drain_worker": lambda client: client.post("/v1/admin/workers/gpu-1/drain"),
        "resume_worker": lambda client: client.post("/v1/admin/workers/gpu-1/resume"),
        "requeue_dead_letter": lambda client: client.post(f"/v1/admin/dead-letters/{letter}/requeue"),
    }


def test_every_admin_act_is_on_record(service: Service, admin: httpx.Client):
    document = json.loads(DOCUMENT.read_text())
    calls = acts(service, admin)
    changing = {
        operation["operationId"]
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if path.startswith("/v1/admin/") and method != "get"
    }
    assert changing == calls.keys(), "say how to make the call"
    stranger = service.caller("stranger")
    for name, do in calls.items():
        before = log(admin, action=name)
        assert do(stranger).status_code == 403
        assert log(admin, action=name) == before, "an act that was refused is on record"
        answer = do(admin)
        assert answer.is_success, (name, answer.text)
        [new] = log(admin, action=name)[: len(log(admin, action=name)) - len(before)]
        assert new["request_id"] == answer.headers["x-request-id"]
        assert new["actor_key_id"].startswith("key_")
        assert new in log(admin, target=new["target"])
        token = answer.json().get("token")
        assert token is None or token not in str(new)
    assert log(admin, action="create_key")[0]["details"]["name"] == "web"
    assert stranger.get("/v1/admin/audit").status_code == 403


def test_an_act_repeated_under_its_key_is_on_record_once(sqlite_service: Service):
    admin = sqlite_service.caller("operator", ("admin",))
    for _ in range(2):
        admin.post("/v1/admin/tenants", json={"name": "x"}, headers={"Idempotency-Key": "once"})
    assert len(log(admin, action="create_tenant")) == 1


def letters(admin: httpx.Client, kind: str) -> list[dict[str, Any]]:
    return admin.get("/v1/admin/dead-letters", params={"kind": kind}).json()["data"]


def requeue(admin: httpx.Client, letter: str) -> httpx.Response:
    return admin.post(f"/v1/admin/dead-letters/{letter}/requeue")


def test_a_job_that_failed_by_our_fault_is_made_anew(service: Service, admin: httpx.Client):
    caller = service.caller()
    dead = dead_job(service, caller)
    theirs = dead_job(service, caller, CRASH.model_copy(update={"fault": "user"}))
    [letter] = letters(admin, "job")
    assert (letter["id"], letter["reason"], letter["attempts"]) == (dead, "engine_died: gone", 1)
    made = requeue(admin, dead)
    assert made.status_code == 202
    assert caller.get(f"/v1/jobs/{made.json()['job_id']}").json()["retry_of"] == dead
    assert letters(admin, "job") == []
    for letter_id in (dead, theirs, f"job_{'0' * 26}"):
        assert requeue(admin, letter_id).status_code == 404


def test_an_undelivered_webhook_is_sent_again(service: Service, admin: httpx.Client):
    caller = service.caller()
    endpoint = caller.post("/v1/webhook-endpoints", json={"url": "https://example.com/hook"}).json()["id"]
    delivery = caller.post(f"/v1/webhook-endpoints/{endpoint}/test").json()["id"]
    assert letters(admin, "delivery") == []
    values = {"state": "failed", "next_attempt_at": None, "finished_at": service.clock.now()}
    with service.database.write() as session:
        session.execute(update(WebhookDeliveryRow).where(WebhookDeliveryRow.id == delivery).values(values))
    [letter] = letters(admin, "delivery")
    assert (letter["id"], letter["reason"]) == (delivery, "never tried")
    assert requeue(admin, delivery).json() == {"id": delivery, "job_id": None}
    assert caller.get(f"/v1/deliveries/{delivery}").json()["state"] == "pending"
    assert letters(admin, "delivery") == []


def test_an_outbox_row_that_is_not_marked_done_is_taken_again(service: Service, admin: httpx.Client):
    with service.database.write() as session:
        outbox.put(session, outbox.DELETE, {"prefix": "tenants/x/", "tenant_id": None}, service.clock.now())
        session.execute(update(OutboxRow).where(OutboxRow.topic == outbox.DELETE).values(takes=MIN_TAKES))
        outbox.take(session, outbox.DELETE, 10, service.clock.now(), hold_seconds=3600)
    [letter] = letters(admin, "outbox")
    assert (letter["reason"], letter["attempts"]) == (outbox.DELETE, MIN_TAKES + 1)
    assert requeue(admin, letter["id"]).status_code == 202
    assert letters(admin, "outbox") == []
    with service.database.write() as session:
        assert len(outbox.take(session, outbox.DELETE, 10, service.clock.now())) == 1


def test_dead_letters_are_paged(sqlite_service: Service):
    admin, caller = sqlite_service.caller("operator", ("admin",)), sqlite_service.caller()
    made = {dead_job(sqlite_service, caller) for _ in range(3)}
    page = admin.get("/v1/admin/dead-letters?limit=2").json()
    rest = admin.get("/v1/admin/dead-letters", params={"limit": 2, "cursor": page["next_cursor"]}).json()
    assert {one["id"] for one in page["data"] + rest["data"]} == made
    with sqlite_service.database.read() as session:
        assert all(session.get(JobRow, id) for id in made)
