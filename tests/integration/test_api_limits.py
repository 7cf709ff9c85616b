"""Limits over HTTP: the standard headers, refusals, and administration."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.service import Service, running

BALL = {"prompt": "a ball"}


@pytest.fixture
def service(database_url: str, tmp_path: Path) -> Iterator[Service]:
    with running(database_url, tmp_path, requests_per_minute=50) as service:
        yield service


@pytest.fixture
def admin(service: Service) -> httpx.Client:
    return service.caller("operator", ("admin",))


def tenant(service: Service, admin: httpx.Client, **limits: float) -> httpx.Client:
    """A caller of a new tenant with these limits."""
    made = admin.post("/v1/admin/tenants", json={"name": "acme"}).json()["id"]
    put = admin.put(f"/v1/admin/tenants/{made}/limits", json=limits)
    assert put.status_code == 200, put.text
    assert admin.get(f"/v1/admin/tenants/{made}/limits").json() == put.json()
    return service.key_of(made)


def refused(answer: httpx.Response, status: int, code: str, policy: str) -> dict:
    found = answer.json()
    assert (answer.status_code, found["code"], found["violated_policies"]) == (status, code, [policy]), found
    return found


def test_rate_limit_headers_and_the_429_at_the_limit(service: Service, admin: httpx.Client):
    caller = tenant(service, admin, requests_per_minute=3)
    answers = [caller.get(path) for path in ("/v1/jobs", f"/v1/jobs/job_{'0' * 26}", "/v1/jobs?sate=x", "/v1/jobs")]
    assert [answer.status_code for answer in answers] == [200, 404, 422, 429]
    assert {answer.headers["ratelimit-policy"] for answer in answers} == {'"requests";q=3;w=60'}
    left = [answer.headers["ratelimit"].partition(";t=") for answer in answers]
    assert [one[0] for one in left] == [f'"requests";r={number}' for number in (2, 1, 0, 0)]
    assert all(0 < int(one[2]) <= 60 for one in left)
    problem = refused(answers[-1], 429, "rate_limited", "requests")
    assert problem["retryable"] is True
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 60
    other = service.caller("other").get("/v1/jobs")
    assert (other.status_code, other.headers["ratelimit-policy"]) == (200, '"requests";q=50;w=60')
    assert "ratelimit" not in service.client().get("/v1/jobs").headers
    assert "ratelimit" not in caller.get("/healthz").headers


def test_quotas_are_refused_as_problems_and_seen_in_usage(service: Service, admin: httpx.Client):
    caller = tenant(service, admin, queued_jobs=1, gpu_seconds=2, stored_bytes=1000)
    assert caller.post("/v1/generations", json=BALL).status_code == 202
    full = caller.post("/v1/generations", json=BALL)
    assert refused(full, 429, "queue_full", "queued_jobs")["retryable"] is True
    assert int(full.headers["retry-after"]) > 0
    refused(caller.post("/v1/generations?dry_run=true", json=BALL), 429, "queue_full", "queued_jobs")
    large = {"file_name": "a.mp4", "size_bytes": 1001}
    refused(caller.post("/v1/clips", json=large), 403, "quota_exceeded", "stored_bytes")
    assert caller.post("/v1/clips", json=large | {"size_bytes": 900}).status_code == 201
    for _ in range(2):
        service.finish(service.claim(), {"video.mp4": b"v"})  # takes 1.5 GPU seconds
        last = caller.post("/v1/generations", json=BALL)
    refused(last, 403, "quota_exceeded", "gpu_seconds")
    used = {one["policy"]: (one["used"], one["limit"]) for one in caller.get("/v1/usage").json()["quotas"]}
    assert used == {
        "running_jobs": (0, None), "queued_jobs": (0, 1), "gpu_seconds": (3, 2), "stored_bytes": (902, 1000)
    }  # fmt: skip


def test_limits_that_make_no_sense_are_pointed_at(sqlite_service: Service):
    admin = sqlite_service.caller("operator", ("admin",))
    made = admin.post("/v1/admin/tenants", json={"name": "acme"}).json()["id"]
    for name, value in (("running_jobs", 0), ("queued_jobs", -1), ("requests_per_minute", 0), ("gpu_period", "year")):
        answer = admin.put(f"/v1/admin/tenants/{made}/limits", json={name: value})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, f"/{name}")
    assert admin.get(f"/v1/admin/tenants/ten_{'0' * 26}/limits").status_code == 404
    assert admin.put(f"/v1/admin/tenants/ten_{'0' * 26}/limits", json={}).status_code == 404
