"""The client with network failures: real connections to a stub server."""

import hashlib
import json
import random
import time
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path

import pytest

from choreo import Choreo, Invalid, RateLimited, Retries, TransferFailed, Unavailable, UnexpectedAnswer, Unreachable
from choreo._sync import streams
from choreo._sync.files import File
from choreo.generated.models import Artifact, Upload, UploadHeaders
from tests.integration.sdk.conftest import HASTY
from tests.stub_server import RecordedRequest, StubResponse, StubServer, problem, stub_server

BASE_MODELS = StubResponse(body=b'{"data": []}')
CONCEPT = StubResponse(
    status=201,
    body=json.dumps(
        {
            "id": "con_1",
            "name": "orbiting",
            "description": "",
            "metadata": {},
            "quality_gate": {},
            "latest_version": None,
            "aliases": {},
            "created_at": "2026-01-01T00:00:00Z",
            "updated_at": "2026-01-01T00:00:00Z",
        }
    ).encode(),
)
BUSY = problem(429, "rate_limited", retryable=True, headers=(("Retry-After", "1"),))
AWAY = problem(503, "unavailable", retryable=True)
NUM_EVENTS = 200


def client(server: StubServer, retries: Retries = HASTY) -> Choreo:
    return Choreo(server.url, "chk_1", retries=retries)


def test_it_waits_for_retry_after_and_repeats_the_idempotency_key():
    with stub_server(BUSY, CONCEPT) as server, client(server) as choreo:
        begun = time.monotonic()
        assert choreo.concepts.create("orbiting").id == "con_1"
        assert time.monotonic() - begun >= 1
    keys = [request.headers["idempotency-key"] for request in server.requests]
    assert len(keys) == 2
    assert len(set(keys)) == 1


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_proxys_error_page_is_retried_and_parsed(status: int):
    page = StubResponse(status, b"<h1>busy</h1>", (("Content-Type", "text/html"),))
    with stub_server(page, AWAY, BASE_MODELS) as server, client(server) as choreo:
        assert choreo.base_models() == []
    with stub_server(page) as server, client(server) as choreo, pytest.raises(Unavailable, match="<h1>busy</h1>"):
        choreo.base_models()
    assert len(server.requests) == HASTY.attempts


def test_patience_and_attempts_end():
    long = problem(429, "rate_limited", retryable=True, headers=(("Retry-After", "3600"),))
    with stub_server(long) as server, client(server) as choreo, pytest.raises(RateLimited) as caught:
        choreo.base_models()
    assert (caught.value.retry_after, len(server.requests)) == (3600, 1)


def test_what_is_wrong_stays_wrong():
    with stub_server(problem(422, "invalid", retryable=False)) as server, client(server) as choreo:
        with pytest.raises(Invalid):
            choreo.concepts.create("")
        assert len(server.requests) == 1


def test_a_request_without_response_is_retried_only_where_that_is_safe():
    lost = StubResponse(body=b"{", length=1000)
    with stub_server(lost, CONCEPT) as server, client(server) as choreo:
        assert choreo.concepts.create("orbiting").id == "con_1"
    with stub_server(lost) as server, client(server) as choreo, pytest.raises(Unreachable):
        choreo.concepts.set_alias("con_1", "prod", 2)
    assert len(server.requests) == 1


def test_another_service_at_this_address_is_detected():
    page = StubResponse(404, b"<h1>It works!</h1>", (("Content-Type", "text/html"),))
    with stub_server(page) as server, client(server) as choreo, pytest.raises(UnexpectedAnswer, match="It works!"):
        choreo.base_models()
    with (
        stub_server(StubResponse()) as server,
        client(server) as choreo,
        pytest.raises(UnexpectedAnswer, match="KeyError"),
    ):
        choreo.base_models()
    elsewhere = StubResponse(302, headers=(("Location", "/login"),))
    with stub_server(elsewhere) as server, client(server) as choreo, pytest.raises(UnexpectedAnswer, match="302"):
        choreo.base_models()


def test_a_refused_connection():
    with stub_server(BASE_MODELS) as server:
        pass
    with client(server) as choreo, pytest.raises(Unreachable, match="GET http://127"):
        choreo.base_models()


def test_the_storage_gets_no_key_and_its_signature_stays_out_of_errors(tmp_path: Path):
    refused = StubResponse(403, b"<Code>AccessDenied</Code>", (("Content-Type", "application/xml"),))
    with stub_server(refused) as server, client(server) as choreo:
        artifact = Artifact("video.mp4", 1, "0" * 64, "video/mp4", f"{server.url}/video.mp4?signature=secret")
        with pytest.raises(TransferFailed, match="AccessDenied") as caught:
            choreo._calls.storage.fetch(artifact, tmp_path / "video.mp4")
        assert "secret" not in str(caught.value)
    assert "authorization" not in server.requests[0].headers


def test_a_download_that_breaks_off_begins_again_and_is_never_in_memory(tmp_path: Path):
    whole = bytes(range(256)) * 2**16
    binary = (("Content-Type", "video/mp4"),)
    torn = StubResponse(200, whole[: 2**23], binary, len(whole))
    with stub_server(torn, StubResponse(200, whole, binary)) as server, client(server) as choreo:
        artifact = Artifact("video.mp4", len(whole), hashlib.sha256(whole).hexdigest(), "video/mp4", server.url)
        tracemalloc.start()
        before, _ = tracemalloc.get_traced_memory()
        choreo._calls.storage.fetch(artifact, tmp_path / "video.mp4")
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert (tmp_path / "video.mp4").read_bytes() == whole
    assert peak - before < len(whole) / 2
    assert len(server.requests) == 2


def test_an_upload_is_sent_again_from_its_beginning(tmp_path: Path):
    (tmp_path / "clip.mp4").write_bytes(b"moving" * 2**19)
    with stub_server(AWAY, StubResponse(200)) as server, client(server) as choreo:
        upload = Upload(server.url, "PUT", UploadHeaders(), datetime(2030, 1, 1, tzinfo=UTC), parts=None)
        choreo._calls.storage.send(upload, File(tmp_path / "clip.mp4"))
    assert [request.headers["content-length"] for request in server.requests] == [str(6 * 2**19)] * 2
    assert "transfer-encoding" not in server.requests[1].headers


def event(number: int) -> bytes:
    last = number == NUM_EVENTS
    data = {
        "id": f"evt_{number}",
        "seq": number,
        "type": "training.succeeded" if last else "training.progress",
        "job_id": "job_1",
        "state_seq": number,
        "data": {},
        "created_at": "2026-01-01T00:00:00Z",
    }
    return b"id: %d\nevent: x\ndata: %s\n\n" % (number, json.dumps(data).encode())


def test_a_stream_that_breaks_anywhere_loses_and_repeats_nothing(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(streams, "RECONNECT_SECONDS", 0)
    cuts = random.Random(7)

    def torn(request: RecordedRequest) -> StubResponse:
        after = int(request.headers["last-event-id"])
        whole = b"retry: 2000\n\n" + b": still here\n\n".join(
            event(number) for number in range(after + 1, NUM_EVENTS + 1)
        )
        part = whole[: cuts.randint(100, 2000)]
        length = len(part) + cuts.choice((0, 1))  # ends well, or breaks off
        return StubResponse(200, part, (("Content-Type", "text/event-stream"),), length)

    with stub_server(script=torn) as server, client(server) as choreo:
        received = [one.state_seq for one in streams.events(choreo._calls, "job_1", 0)]
    assert received == list(range(1, NUM_EVENTS + 1))
    assert len(server.requests) >= 30


def test_a_stream_that_never_brings_anything_is_given_up(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(streams, "RECONNECT_SECONDS", 0)
    silent = StubResponse(200, b": still here\n\n", (("Content-Type", "text/event-stream"),))
    with stub_server(silent) as server, client(server) as choreo, pytest.raises(Unreachable, match="5 times"):
        list(streams.events(choreo._calls, "job_1", 0))
    page = StubResponse(200, b"<h1>Hi</h1>", (("Content-Type", "text/html"),))
    with stub_server(page) as server, client(server) as choreo, pytest.raises(UnexpectedAnswer):
        list(streams.events(choreo._calls, "job_1", 0))
