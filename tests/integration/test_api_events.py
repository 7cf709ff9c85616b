"""Events: Server-Sent Events of one job, and the tenant's history."""

import json
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from threading import Event, Thread
from typing import NamedTuple

import httpx
import pytest

from api import sse
from tests.service import Service
from tests.waiting import wait_until


class StubResponse(NamedTuple):
    """One event as it came."""

    id: int
    name: str
    data: dict


def reported(response: httpx.Response) -> Iterator[StubResponse]:
    """The events of a stream, as they come."""
    fields: dict[str, str] = {}
    for line in response.iter_lines():
        if line:
            name, _, value = line.partition(":")
            fields[name] = value.removeprefix(" ")
        elif "data" in fields:
            yield StubResponse(int(fields["id"]), fields["event"], json.loads(fields["data"]))
            fields = {}


def generate(caller: httpx.Client) -> str:
    return caller.post("/v1/generations", json={"prompt": "a ball"}).json()["id"]


def test_a_stream_tells_everything_in_order_and_ends_with_the_job(service: Service):
    caller = service.caller()
    job_id = generate(caller)
    received: list[StubResponse] = []
    first = Event()

    def listen() -> None:
        with caller.stream("GET", f"/v1/jobs/{job_id}/events") as response:
            assert response.headers["content-type"].startswith("text/event-stream")
            for one in reported(response):
                received.append(one)
                first.set()

    listener = Thread(target=listen)
    listener.start()
    assert first.wait(30)
    claimed = service.claim()
    for step in (1, 2, 3):
        service.beat(claimed, step)
    service.finish(claimed, {"video.mp4": b"v"})
    listener.join(30)
    assert not listener.is_alive()
    progress = ["generation.progress"] * 3
    assert [one.name for one in received] == [
        "generation.queued",
        "generation.running",
        *progress,
        "generation.succeeded",
    ]
    assert [one.id for one in received] == [1, 2, 3, 4, 5, 6]
    assert received[-1].id == caller.get(f"/v1/jobs/{job_id}").json()["state_seq"]


def test_a_stream_resumes_after_the_last_event_id(service: Service):
    caller = service.caller()
    job_id = generate(caller)
    service.finish(service.claim(), {"video.mp4": b"v"})
    with caller.stream("GET", f"/v1/jobs/{job_id}/events", headers={"Last-Event-ID": "2"}) as response:
        assert [one.id for one in reported(response)] == [3]
    seen_all = caller.get(f"/v1/jobs/{job_id}/events", headers={"Last-Event-ID": "3"})
    assert (seen_all.status_code, seen_all.content) == (204, b"")


@pytest.mark.parametrize("last", ["1_0", "+1", "1.0", "-1", "x", "1" * 30, "0x1"])
def test_a_last_event_id_is_digits(sqlite_service: Service, last: str):
    caller = sqlite_service.caller()
    refused = caller.get(f"/v1/jobs/{generate(caller)}/events", headers={"Last-Event-ID": last})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "header/Last-Event-ID")


def test_an_empty_last_event_id_is_none(sqlite_service: Service):
    caller = sqlite_service.caller()
    job_id = generate(caller)
    caller.post(f"/v1/jobs/{job_id}/cancel")
    with caller.stream("GET", f"/v1/jobs/{job_id}/events", headers={"Last-Event-ID": ""}) as response:
        assert [one.id for one in reported(response)] == [1, 2]


def test_a_stream_ends_when_its_key_is_revoked(service: Service, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sse, "HEARTBEAT_SECONDS", 0.1)
    caller, operator = service.caller(), service.caller("operator", ("admin",))
    job_id = generate(caller)
    mine = next(key for key in operator.get("/v1/admin/keys").json()["data"] if "read" in key["scopes"])
    with caller.stream("GET", f"/v1/jobs/{job_id}/events") as response:
        stream = reported(response)
        assert next(stream).id == 1
        assert operator.post(f"/v1/admin/keys/{mine['id']}/revoke").status_code == 200
        service.claim()
        assert list(stream) == []


def test_a_wait_ends_unauthorized_when_its_key_is_revoked(service: Service):
    caller, operator = service.caller(), service.caller("operator", ("admin",))
    mine = next(key for key in operator.get("/v1/admin/keys").json()["data"] if "read" in key["scopes"])
    with ThreadPoolExecutor(1) as pool:
        body, wait = {"prompt": "a ball"}, {"Prefer": "wait=30"}
        held = pool.submit(caller.post, "/v1/generations", json=body, headers=wait)
        job = wait_until(service.claimed_if_any, what="the job")
        assert operator.post(f"/v1/admin/keys/{mine['id']}/revoke").status_code == 200
        service.finish(job, {"video.mp4": b"v"})
        assert held.result(30).status_code == 401


def test_a_stream_that_breaks_fifty_times_loses_and_repeats_nothing(service: Service):
    caller = service.caller()
    job_id = generate(caller)
    claimed, rng = service.claim(), random.Random(7)
    num_progress, num_streams, seen = 120, 0, [0]

    def work() -> None:
        for step in range(1, num_progress + 1):
            service.beat(claimed, step, num_progress)
        service.finish(claimed, {"video.mp4": b"v"})

    with ThreadPoolExecutor(1) as pool:
        working = pool.submit(work)
        while seen[-1] < num_progress + 3:
            with caller.stream("GET", f"/v1/jobs/{job_id}/events", headers={"Last-Event-ID": str(seen[-1])}) as stream:
                assert stream.status_code == 200
                seen += [one.id for one in islice(reported(stream), rng.randint(0, 4))]
            num_streams += 1
        working.result()
    assert num_streams >= 50
    assert seen == list(range(num_progress + 4))
    assert caller.get(f"/v1/jobs/{job_id}").json()["state_seq"] == seen[-1]


def test_an_idle_stream_is_kept_open(sqlite_service: Service, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sse, "HEARTBEAT_SECONDS", 0.05)
    caller = sqlite_service.caller()
    job_id = generate(caller)
    with caller.stream("GET", f"/v1/jobs/{job_id}/events") as response:
        assert next(line for line in response.iter_lines() if line.startswith(":")) == ": still here"


def test_the_history_has_no_gaps_and_is_the_tenants_own(service: Service):
    caller, other = service.caller(), service.caller("other")
    jobs = [generate(caller), generate(caller)]
    generate(other)
    caller.post(f"/v1/jobs/{jobs[0]}/cancel")
    history = caller.get("/v1/events").json()
    assert [event["seq"] for event in history["data"]] == [1, 2, 3]
    assert [event["job_id"] for event in history["data"]] == [jobs[0], jobs[1], jobs[0]]
    assert [event["seq"] for event in caller.get("/v1/events?after=2").json()["data"]] == [3]
    page = caller.get("/v1/events?after=1&limit=1").json()
    assert ([event["seq"] for event in page["data"]], page["has_more"]) == ([2], True)
    rest = caller.get("/v1/events", params={"after": 1, "limit": 1, "cursor": page["next_cursor"]}).json()
    assert ([event["seq"] for event in rest["data"]], rest["has_more"]) == ([3], False)
