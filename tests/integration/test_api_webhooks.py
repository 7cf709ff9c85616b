"""Webhook endpoints and the log of deliveries over HTTP, with jobs that end and a webhook_sender that delivers."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from services.outgoing.guard import Guard
from services.webhooks.sender import WebhookSender
from services.webhooks.sign import verify
from tests.receiver import Receiver, Reply
from tests.service import Service, running

NETWORKS = ["127.0.0.0/8"]


@pytest.fixture
def service(database_url: str, tmp_path: Path) -> Iterator[Service]:
    with running(database_url, tmp_path, webhook_allowed_networks=NETWORKS) as service:
        yield service


def deliver(service: Service) -> None:
    """Deliver everything that is due."""
    secret = service.settings.secret_key.get_secret_value()
    webhook_sender = WebhookSender(
        service.database, Guard(allowed_networks=NETWORKS), secret_key=secret, clock=service.clock
    )
    while webhook_sender.step() or webhook_sender.num_posting:
        webhook_sender.settle()
    webhook_sender.close()


def register(caller: httpx.Client, url: str, *event_types: str) -> dict:
    made = caller.post("/v1/webhook-endpoints", json={"url": url, "event_types": event_types})
    assert (made.status_code, made.headers["location"]) == (201, f"/v1/webhook-endpoints/{made.json()['id']}")
    return made.json()


def test_an_endpoint_is_made_read_changed_and_deleted(service: Service):
    caller = service.caller()
    made = register(caller, "https://example.com/a", "training.*")
    here, secret = f"/v1/webhook-endpoints/{made['id']}", made.pop("secret")
    assert secret.startswith("whsec_")
    assert caller.get(here).json() == made
    assert made["enabled"] is True
    changed = caller.patch(here, json={"event_types": [], "description": "all", "enabled": False}).json()
    assert (changed["event_types"], changed["description"], changed["url"]) == ([], "all", made["url"])
    assert (changed["enabled"], changed["disabled_reason"]) == (False, "by_request")
    refused = caller.post(f"{here}/test")
    assert (refused.status_code, refused.json()["code"]) == (409, "endpoint_disabled")
    rotated = caller.post(f"{here}/rotate-secret").json()
    assert rotated["secret"] != secret
    assert rotated["previous_secret_until"] is not None
    other = register(caller, "https://example.com/b")
    page = caller.get("/v1/webhook-endpoints?limit=1").json()
    rest = caller.get("/v1/webhook-endpoints", params={"limit": 1, "cursor": page["next_cursor"]}).json()
    assert {one["id"] for one in page["data"] + rest["data"]} == {made["id"], other["id"]}
    assert not any("secret" in one for one in page["data"] + rest["data"])
    assert caller.delete(here).status_code == 204
    assert caller.get(here).status_code == 404


def test_what_is_refused_is_pointed_at(service: Service):
    caller = service.caller()
    made = register(caller, "https://example.com/a")
    bad = {"url": "https://10.0.0.1/", "event_types": []}
    for answer in (
        caller.post("/v1/webhook-endpoints", json=bad),
        caller.patch(f"/v1/webhook-endpoints/{made['id']}", json={"url": bad["url"]}),
    ):
        [error] = answer.json()["errors"]
        assert (answer.status_code, error["pointer"], error["code"]) == (422, "/url", "webhook_target_refused")
    unknown = caller.post("/v1/webhook-endpoints", json={"url": made["url"], "event_types": ["training.dreamt"]})
    [error] = unknown.json()["errors"]
    assert (unknown.status_code, error["pointer"], error["code"]) == (422, "/event_types/0", "unknown_event_type")
    reader = service.caller("reader", ("read",))
    assert reader.get("/v1/webhook-endpoints").status_code == 200
    assert reader.post("/v1/webhook-endpoints", json={"url": made["url"]}).status_code == 403


def test_a_training_is_reported_to_an_endpoint_and_to_its_own_url(service: Service, server: Receiver):
    caller = service.caller()
    one_off = server.url.replace("/hook", "/one-off")
    endpoint = register(caller, server.url, "training.succeeded", "concept.*")
    concept = caller.post("/v1/concepts", json={"name": "orbit"}).json()["id"]
    clips = [{"clip_id": service.ready_clip(caller), "caption": "a ball orbiting"}]
    job = caller.post("/v1/trainings", json={"concept": concept, "clips": clips, "webhook_url": one_off}).json()
    service.finish(service.claim("training"), {"adapter.safetensors": b"weights", "report.json": b"{}"})
    deliver(service)
    received = [got for got in server.received if got.path.startswith("/hook")]
    assert all(verify(endpoint["secret"], got.headers, got.body.decode()) for got in received)
    sent = [json.loads(got.body) for got in received]
    assert sorted(one["type"] for one in sent) == ["concept.version.created", "training.succeeded"]
    succeeded = next(one for one in sent if one["type"] == "training.succeeded")
    assert succeeded["data"]["state_seq"] == caller.get(f"/v1/jobs/{job['id']}").json()["state_seq"]

    def count(**query: str) -> int:
        return len(caller.get("/v1/deliveries", params=query).json()["data"])

    assert (count(endpoint=endpoint["id"]), count(job=job["id"]), count(state="delivered")) == (2, 5, 5)
    events = {event["id"] for event in caller.get("/v1/events").json()["data"]}
    log = caller.get("/v1/deliveries", params={"endpoint": endpoint["id"]}).json()["data"]
    assert {one["event_id"] for one in log} <= events
    assert [one["attempts"][0]["status"] for one in log] == [204, 204]


def test_a_failed_delivery_is_read_and_sent_again(service: Service, server: Receiver):
    server.replies = [Reply(410), Reply(204)]
    caller = service.caller()
    here = f"/v1/webhook-endpoints/{register(caller, server.url)['id']}"
    tested = caller.post(f"{here}/test", headers={"Idempotency-Key": "once"})
    assert caller.post(f"{here}/test", headers={"Idempotency-Key": "once"}).json() == tested.json()
    assert (tested.status_code, tested.json()["state"], tested.json()["type"]) == (202, "pending", "webhook.test")
    deliver(service)
    delivery = tested.headers["location"]
    gone = caller.get(delivery).json()
    assert (gone["state"], [one["status"] for one in gone["attempts"]]) == ("disabled", [410])
    assert caller.get(here).json()["disabled_reason"] == "gone"
    assert caller.post(f"{delivery}/redeliver").json()["code"] == "endpoint_disabled"
    caller.patch(here, json={"enabled": True})
    again = caller.post(f"{delivery}/redeliver")
    assert (again.status_code, again.json()["state"]) == (202, "pending")
    deliver(service)
    assert [one["status"] for one in caller.get(delivery).json()["attempts"]] == [410, 204]
    assert [got.headers["webhook-id"] for got in server.received] == [gone["event_id"]] * 2
