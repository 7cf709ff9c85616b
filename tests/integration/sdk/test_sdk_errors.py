"""Only a `ChoreoError` leaves a client, and it says who is at fault: the caller, the answer, or the connection."""

import asyncio
import hashlib
import json
import math
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from choreo import (
    AsyncChoreo,
    Choreo,
    ChoreoError,
    InvalidArgument,
    NotConfigured,
    Recipe,
    Retries,
    TransferFailed,
    Unavailable,
    UnexpectedAnswer,
)
from choreo._sync import storage, streams
from choreo.command.app import app
from choreo.command.exit_status import Exit
from choreo.generated.models import Artifact
from tests.integration.sdk.conftest import HASTY
from tests.integration.sdk.test_sdk_network_failures import CONCEPT
from tests.newer_service import DOCUMENT, newer
from tests.stub_server import RecordedRequest, StubResponse, StubServer, stub_server
from tests.typescript import Program

ITEMS = DOCUMENT["components"]["schemas"]["Page_Job_"]["properties"]["data"]["items"]
JOB = newer(ITEMS, kind="generation")
JSON = ("Content-Type", "application/json")
ONCE = Retries(attempts=1)
WHOLE = bytes(range(256)) * 2**10
BINARY = (("Content-Type", "video/mp4"),)
LONE = "\ud800"


def _page(**changed: Any) -> bytes:
    return json.dumps({"data": [], "next_cursor": None, "has_more": False} | changed).encode()


BAD_ANSWERS = {
    "no JSON": StubResponse(body=b"{"),
    "not UTF-8": StubResponse(body=b'"\xff"'),
    "too deep": StubResponse(body=b"[" * 100_000),
    "null": StubResponse(body=b"null"),
    "a list": StubResponse(body=b"[]"),
    "no data": StubResponse(body=b"{}"),
    "data that is no list": StubResponse(body=_page(data=5)),
    "an unknown encoding": StubResponse(headers=(JSON, ("Content-Encoding", "gzip"))),
    "a page": StubResponse(body=b"<h1>Hi</h1>", headers=(("Content-Type", "text/html"),)),
    "nothing": StubResponse(body=b""),
    "a redirect to itself": StubResponse(302, headers=(("Location", "/v1/jobs"),)),
    "an unknown status": StubResponse(299, _page(), (JSON,)),
}
BAD_JOBS = [
    {"state": 5},
    {"state_seq": "1"},
    {"id": None},
    {"error": "broken"},
    {"progress": []},
    {"created_at": "now"},
]
CALLERS_MISTAKES: dict[str, Callable[[Choreo], object]] = {
    "NaN": lambda choreo: choreo.trainings.create("con_1", [], recipe=Recipe(alpha=math.nan)),
    "infinity": lambda choreo: choreo.generations.create("a cube", guidance_scale=-math.inf),
    "a surrogate in the body": lambda choreo: choreo.concepts.create(LONE),
    "a surrogate in the path": lambda choreo: choreo.clips.get(LONE),
    "a surrogate in the query": lambda choreo: list(choreo.jobs.list(concept=LONE)),
    "a surrogate in the path of a deletion": lambda choreo: choreo.concepts.delete(LONE),
    "a newline in the key": lambda choreo: choreo.concepts.create("a", idempotency_key="order\n1"),
    "a letter in the key": lambda choreo: choreo.concepts.create("a", idempotency_key="ünter"),
    "a number for a text": lambda choreo: choreo.concepts.create("a", metadata={"a": 1}),  # type: ignore[dict-item]
    "what JSON has not": lambda choreo: choreo.concepts.create("a", description=object()),  # type: ignore[arg-type]
    "a name that is not UTF-8": lambda choreo: choreo.clips.upload(Path(os.fsdecode(b"clip-\xff.mp4"))),
    "a null in a name": lambda choreo: choreo.clips.upload("clip\0.mp4"),
}


@pytest.mark.parametrize("bad", BAD_ANSWERS.values(), ids=BAD_ANSWERS)
def test_an_answer_that_cannot_be_read_is_the_answers_fault(bad: StubResponse):
    async def listed(server: StubServer) -> None:
        async with AsyncChoreo(server.url, "chk_1", retries=ONCE) as choreo:
            assert [job async for job in choreo.jobs.list()] == []

    with stub_server(bad) as server, Choreo(server.url, "chk_1", retries=ONCE) as choreo:
        with pytest.raises(UnexpectedAnswer):
            list(choreo.jobs.list())
        with pytest.raises(UnexpectedAnswer):
            asyncio.run(listed(server))
    assert len(server.requests) == 2


@pytest.mark.parametrize("changed", BAD_JOBS)
def test_json_of_another_shape_is_the_answers_fault(changed: dict[str, Any]):
    bad = StubResponse(body=json.dumps(JOB | changed).encode())
    with (
        stub_server(bad) as server,
        Choreo(server.url, "chk_1", retries=ONCE) as choreo,
        pytest.raises(UnexpectedAnswer),
    ):
        choreo.jobs.handle("job_1")


def test_an_event_of_another_shape_is_the_answers_fault():
    for data in (b"[]", b"{}", b"5", b"[" * 100_000):
        bad = StubResponse(body=b"data: %s\n\n" % data, headers=(("Content-Type", "text/event-stream"),))
        with (
            stub_server(bad) as server,
            Choreo(server.url, "chk_1", retries=ONCE) as choreo,
            pytest.raises(UnexpectedAnswer),
        ):
            list(streams.events(choreo._calls, "job_1", 0))


@pytest.mark.parametrize("mistake", CALLERS_MISTAKES.values(), ids=CALLERS_MISTAKES)
def test_what_cannot_be_sent_is_the_callers_mistake_at_once(mistake: Callable[[Choreo], object]):
    with stub_server(StubResponse()) as server, Choreo(server.url, "chk_1") as choreo, pytest.raises(InvalidArgument):
        mistake(choreo)
    assert server.requests == []


@pytest.mark.parametrize(
    "url", ["choreo.example", "//a", "ftp://a", "http://", "http://[", "http://a:b", "localhost:1"]
)
def test_a_base_url_that_is_none_is_a_wrong_configuration(url: str):
    with pytest.raises(NotConfigured):
        Choreo(url, "chk_1")
    done = CliRunner().invoke(app, ["jobs", "list", "--base-url", url, "--api-key", "chk_1"])
    assert (done.exit_code, "Traceback" in done.output) == (Exit.NO_ACCESS, False)


def test_settings_of_the_environment_that_cannot_be_used_are_a_wrong_configuration(monkeypatch: pytest.MonkeyPatch):
    with pytest.raises(NotConfigured):
        Choreo("http://127.0.0.1:1", "chk\n1")
    assert Choreo(" http://127.0.0.1:1/\n", "chk_1\n").config[:2] == ("http://127.0.0.1:1", "chk_1")
    monkeypatch.setenv("HTTP_PROXY", "gopher://proxy")
    with pytest.raises(NotConfigured, match="proxy"):
        Choreo("http://127.0.0.1:1", "chk_1")


def test_the_command_names_the_callers_mistake():
    with stub_server(CONCEPT._replace(status=200)) as server:
        at = ("--base-url", server.url, "--api-key", "chk_1")
        done = CliRunner().invoke(app, ["concepts", "create", LONE, *at])
        assert server.requests == []
        assert (done.exit_code, "Traceback" in done.output) == (Exit.USAGE, False)
        for value in ("NaN", '{"mode": 5}'):
            train = ("train", "clip_1", "--concept", "con_1", "-c", "a", "--set", f"highway={value}", "--dry-run")
            assert CliRunner().invoke(app, [*train, *at]).exit_code == Exit.USAGE


def _downloads(server: StubServer) -> Artifact:
    return Artifact("video.mp4", len(WHOLE), hashlib.sha256(WHOLE).hexdigest(), "video/mp4", f"{server.url}/video.mp4")


def _s3(status: int, code: str) -> StubResponse:
    return StubResponse(status, f"<Error><Code>{code}</Code></Error>".encode(), (("Content-Type", "application/xml"),))


INTERRUPTIONS = [
    StubResponse(200, WHOLE[:1000], BINARY, len(WHOLE)),
    _s3(500, "InternalError"),
    StubResponse(200, WHOLE[:1000], BINARY, len(WHOLE), stall=30),
    _s3(503, "SlowDown"),
    StubResponse(520, b""),
]
BAD_URLS = ["video.mp4", "ftp://127.0.0.1/a", "http://[", "", "http://a\nb/"]


def test_a_download_goes_on_after_cuts_stalls_and_a_busy_storage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(storage, "TIMEOUT", httpx.Timeout(0.3))
    answers = [*INTERRUPTIONS, StubResponse(200, WHOLE, BINARY)]
    with stub_server(*answers) as server, Choreo(server.url, "chk_1", retries=HASTY) as choreo:
        choreo._calls.storage.fetch(_downloads(server), tmp_path / "video.mp4")
    assert (tmp_path / "video.mp4").read_bytes() == WHOLE
    assert len(server.requests) == len(INTERRUPTIONS) + 1


def test_a_storage_that_leads_nowhere_is_the_answers_fault(tmp_path: Path):
    circle = StubResponse(302, b"", (("Location", "/video.mp4"),))
    garbage = StubResponse(200, b"no gzip", (*BINARY, ("Content-Encoding", "gzip")))
    for answer in (circle, garbage):
        with (
            stub_server(answer) as server,
            Choreo(server.url, "chk_1", retries=ONCE) as choreo,
            pytest.raises((TransferFailed, UnexpectedAnswer)),
        ):
            choreo._calls.storage.fetch(_downloads(server), tmp_path / "video.mp4")
    with Choreo("http://127.0.0.1:1", "chk_1", retries=ONCE) as choreo:
        for url in BAD_URLS:
            artifact = Artifact("video.mp4", 1, "0" * 64, "video/mp4", url)
            with pytest.raises(UnexpectedAnswer):
                choreo._calls.storage.fetch(artifact, tmp_path / "video.mp4")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("status", [408, 425, 520, 521, 522, 523, 524])
def test_a_proxys_error_page_is_an_error_of_this_package(status: int):
    page = StubResponse(status, b"<h1>busy</h1>", (("Content-Type", "text/html"),))
    with (
        stub_server(page) as server,
        Choreo(server.url, "chk_1", retries=HASTY) as choreo,
        pytest.raises(Unavailable, match="busy") as caught,
    ):
        choreo.base_models()
    assert (len(server.requests), isinstance(caught.value, ChoreoError), caught.value.retryable) == (5, True, True)


def _reported(program: Program, server: StubServer, tries: list[dict[str, Any]]) -> list[str]:
    place = {"CHOREO_BASE_URL": server.url, "CHOREO_API_KEY": "chk_1"}
    stdin = "\n".join(json.dumps({"attempts": 1} | one) for one in tries)
    return program.run("sdk/typescript/tests/errors.js", stdin=stdin, **place).splitlines()


def test_the_typescript_client_names_who_is_at_fault(program: Program):
    bad = [bad for name, bad in BAD_ANSWERS.items() if name not in {"an unknown encoding", "an unknown status"}]
    shapes = [StubResponse(body=json.dumps(JOB | changed).encode()) for changed in BAD_JOBS[:3]]
    event = StubResponse(body=b"data: 5\n\n", headers=(("Content-Type", "text/event-stream"),))
    encoded = BAD_ANSWERS["an unknown encoding"]
    with stub_server(*bad, *shapes, event, encoded, _s3(403, "AccessDenied")) as server:
        calls = ["jobs"] * len(bad) + ["job"] * len(shapes) + ["events"]
        found = _reported(program, server, [{"call": call} for call in [*calls, "models"]])
    assert found == ["UnexpectedAnswer"] * len(calls) + ["Unreachable"]
    with stub_server(StubResponse(520, b"")) as server:
        assert _reported(program, server, [{"call": "models", "attempts": 3}]) == ["Unavailable"]
        assert len(server.requests) == 3
    mistakes = [("clip", LONE), ("name", LONE), ("key", "order\n1"), ("nan", ""), ("upload", LONE)]
    settings = [("url", "choreo.example"), ("url", "ftp://a"), ("url", "http://["), ("apiKey", "chk\n1")]
    with stub_server(StubResponse()) as server:
        tries = [{"call": call, "argument": argument} for call, argument in [*mistakes, *settings]]
        reported = _reported(program, server, tries)
        assert reported == ["InvalidArgument"] * len(mistakes) + ["NotConfigured"] * len(settings)
        assert server.requests == []


def test_a_download_of_the_typescript_client_goes_on_as_that_of_the_python_client(program: Program, tmp_path: Path):
    answers = [*INTERRUPTIONS, StubResponse(200, WHOLE, BINARY)]
    urls = [*BAD_URLS[:3], ""]

    def script(asked: RecordedRequest) -> StubResponse:
        if asked.path == "/video.mp4":
            return answers.pop(0)
        job = JOB | {"state": "succeeded", "result": JOB["result"] | {"video": _video(server, urls)}}
        return StubResponse(body=json.dumps(job).encode())

    with stub_server(script=script) as server:
        tries = [{"call": "download", "argument": str(tmp_path / "a" / "video.mp4"), "attempts": 5}] * 2
        assert _reported(program, server, tries) == ["UnexpectedAnswer", "done"]
    assert (tmp_path / "a" / "video.mp4").read_bytes() == WHOLE
    assert (answers, [file.name for file in (tmp_path / "a").iterdir()]) == ([], ["video.mp4"])


def _video(server: StubServer, urls: list[str]) -> dict[str, Any]:
    """The video at a malformed URL for the first download (two reads of the job), then at the server's."""
    return _downloads(server).to_dict() | ({"url": urls.pop()} if len(urls) > 2 else {})
