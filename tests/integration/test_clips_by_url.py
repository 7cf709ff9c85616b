"""Clips by URL: only where the operator allows it, only from allowed addresses."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.service import Service, running
from tests.stub_server import StubResponse, stub_server
from tests.videos import write_video

VIDEO = (("Content-Type", "video/mp4"),)
LOCAL = ["127.0.0.0/8"]


@pytest.fixture
def service(sqlite_url: str, tmp_path: Path) -> Iterator[Service]:
    settings = {"clip_urls": True, "webhook_allowed_networks": LOCAL, "max_clip_bytes": 100_000}
    with running(sqlite_url, tmp_path, **settings) as service:
        yield service


@pytest.fixture
def video(tmp_path: Path) -> bytes:
    return write_video(tmp_path / "made.mp4").read_bytes()


def declare(caller: httpx.Client, url: str, **fields: object) -> str:
    made = caller.post("/v1/clips", json={"file_name": "a.mp4", "url": url} | fields)
    assert made.status_code == 201, made.text
    assert made.json()["upload"] is None
    return f"/v1/clips/{made.json()['id']}"


def test_a_clip_is_fetched_when_it_is_completed(service: Service, video: bytes):
    caller = service.caller()
    with stub_server(StubResponse(200, video, VIDEO)) as server:
        here = declare(caller, f"{server.url}/a.mp4?token=1", sha256=hashlib.sha256(video).hexdigest())
        assert server.requests == []
        done = caller.post(f"{here}/complete").json()
        assert (done["state"], done["size_bytes"], done["num_frames"]) == ("ready", len(video), 16)
        assert [one.path for one in server.requests] == ["/a.mp4?token=1"]
        assert caller.post(f"{here}/complete").json()["state"] == "ready"
        assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("reported", "words"),
    [
        (StubResponse(404, b"", VIDEO), "answered 404"),
        (StubResponse(302, b"", (("Location", "/elsewhere"),)), "answered 302"),
        (StubResponse(200, b"v" * 100_001, VIDEO), "more than 100000 bytes"),
        (StubResponse(200, b"v" * 10, VIDEO, length=20), "too early"),
    ],
)
def test_what_cannot_be_fetched_leaves_the_clip_waiting(
    service: Service, video: bytes, reported: StubResponse, words: str
):
    caller = service.caller()
    with stub_server(reported, StubResponse(200, video, VIDEO)) as server:
        here = declare(caller, server.url)
        refused = caller.post(f"{here}/complete")
        assert (refused.status_code, refused.json()["code"], refused.json()["retryable"]) == (422, "fetch_failed", True)
        assert words in refused.json()["detail"]
        assert caller.get(here).json()["state"] == "awaiting_upload"
        assert caller.post(f"{here}/complete").json()["state"] == "ready"


def test_only_where_the_operator_lets_it_and_only_from_where_it_may(service: Service, sqlite_service: Service):
    def refusal(caller: httpx.Client, **fields: object) -> tuple[str, str]:
        answer = caller.post("/v1/clips", json={"file_name": "a.mp4"} | fields)
        [error] = answer.json()["errors"]
        return error["pointer"], error["code"]

    public = "https://example.com/a.mp4"
    assert refusal(sqlite_service.caller(), url=public) == ("/url", "clip_urls_off")
    caller = service.caller()
    for url in ("https://10.0.0.1/a.mp4", "https://user:word@example.com/a.mp4", "http://169.254.169.254/latest"):
        assert refusal(caller, url=url) == ("/url", "webhook_target_refused"), url
    assert refusal(caller, url="file:///etc/passwd")[0] == "/url"
    assert refusal(caller)[1] == "value_error"
