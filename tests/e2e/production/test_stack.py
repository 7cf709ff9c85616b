"""A deployment: the health of each program, and its behaviour on SIGTERM."""

import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from deploy.demo.webhook_receiver import WebhookReceiver
from tests.api_client import ApiClient
from tests.e2e import processes
from tests.e2e.platform import ENDLESS, PATIENCE, Platform, is_ready
from tests.e2e.production.workers import Worker, Workers
from tests.servers.process import free_port
from tests.waiting import wait_until

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def pair(workers: Workers) -> list[Worker]:
    """Two workers that serve the same queues."""
    return workers.pair()


@pytest.fixture
def receiver(production: Platform) -> Iterator[WebhookReceiver]:
    with WebhookReceiver(production.webhook_secret) as receiver:
        yield receiver


@pytest.fixture(scope="module")
def operator(production: Platform) -> Iterator[ApiClient]:
    """A client with the operator's key."""
    token = production.run("services.accounts", "operator", "--scope", "admin").stdout.strip()
    with ApiClient(production.settings.public_url, token) as client:
        yield client


def test_a_drained_worker_releases_its_training_and_claims_nothing_until_it_is_resumed(
    production: Platform, pair: list[Worker], operator: ApiClient
):
    def workers() -> dict[str, dict[str, Any]]:
        return {one["name"]: one for one in operator.get("/v1/admin/workers")["data"] if one["state"] != "silent"}

    wait_until(lambda: len(workers()) == len(pair), timeout=PATIENCE, what="both workers on the list")
    job_id = production.submit_training(**ENDLESS)
    production.wait_for_step(job_id, 10)
    owner = production.job(job_id)["attempts"][0]["worker"]
    (other,) = set(workers()) - {owner}
    assert (workers()[owner]["state"], workers()[owner]["job_id"]) == ("working", job_id)

    operator.post(f"/v1/admin/workers/{owner}/drain", {})
    production.wait_for_step(job_id, 11, attempt=2)
    job = production.job(job_id)
    assert [attempt["worker"] for attempt in job["attempts"]] == [owner, other]
    assert job["attempts"][0]["error"]["code"] == "worker_stopped"
    assert job["attempts"][1]["resumed_from_step"] >= 10
    assert (workers()[owner]["state"], workers()[other]["state"]) == ("drained", "working")
    production.client.post(f"/v1/jobs/{job_id}/cancel", {})
    production.wait_for(job_id, "canceled")

    operator.post(f"/v1/admin/workers/{other}/drain", {})
    waiting = production.submit_generation()
    operator.post(f"/v1/admin/workers/{owner}/resume", {})
    assert [one["worker"] for one in production.wait_for(waiting, "succeeded")["attempts"]] == [owner]
    operator.post(f"/v1/admin/workers/{other}/resume", {})
    assert all(worker.poll() is None for worker in pair)


def test_a_worker_that_gets_sigterm_releases_its_training(
    production: Platform, pair: list[Worker], receiver: WebhookReceiver
):
    job_id = production.submit_training(steps=150, checkpoint_every=1000, webhook_url=receiver.url)
    production.wait_for_step(job_id, 10)
    assert [program for program in ("relay", "sweep", "worker") if not production.is_well(program)] == []

    owner = production.job(job_id)["attempts"][0]["worker"]
    leaving = next(worker for worker in pair if f"-{processes.celery_child(worker.pid)}-" in owner)
    signaled_at = time.monotonic()
    leaving.terminate()
    assert leaving.wait(PATIENCE) == 0
    assert time.monotonic() - signaled_at < production.settings.drain_seconds

    job = production.wait_for(job_id, "succeeded")
    assert [attempt["outcome"] for attempt in job["attempts"]] == ["failed", "succeeded"]
    first, second = job["attempts"]
    assert first["error"]["code"] == "worker_stopped"
    assert second["resumed_from_step"] >= 10
    assert (first["refused_writes"], second["refused_writes"]) == ([], [])
    assert [version["job_id"] for version in production.versions(job)] == [job_id]
    assert set(production.manifests(job)) == {2}

    assert receiver.wait_for_job(job_id, "training.succeeded", PATIENCE)
    wait_until(lambda: len(receiver.deliveries) >= 4, timeout=30, what="all events, in any order")
    assert Counter(delivery.body["type"] for delivery in receiver.deliveries) == {
        "training.running": 2,
        "concept.version.created": 1,
        "training.succeeded": 1,
    }
    assert all(delivery.verified for delivery in receiver.deliveries)


def test_an_api_that_gets_sigterm_ends_its_streams(production: Platform):
    """A stream of events would last as long as its job: it ends at once instead of being cut off when time is up."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    api = production.start("api", CHOREO_HTTP_PORT=str(port))
    job_id = production.submit_training(**ENDLESS)
    wait_until(lambda: is_ready(url), timeout=PATIENCE, what="a second API")
    key = {"authorization": f"Bearer {production.token}"}
    with httpx.stream("GET", f"{url}/v1/jobs/{job_id}/events", headers=key, timeout=60, trust_env=False) as stream:
        lines = stream.iter_lines()
        assert next(line for line in lines if line.startswith("event: training.queued"))
        signaled_at = time.monotonic()
        api.terminate()
        assert [line for line in lines if line.startswith("event: training.succeeded")] == []
    assert time.monotonic() - signaled_at < production.settings.drain_seconds / 2
    assert api.wait(PATIENCE) == 0
    production.client.post(f"/v1/jobs/{job_id}/cancel", {})


def test_a_program_says_what_is_missing(production: Platform, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(production.environment, "CHOREO_STORAGE_URL", "s3://nowhere")
    done = production.run("api")
    assert (done.returncode, done.stderr.splitlines()[-1][:16]) == (78, "No such bucket: ")
