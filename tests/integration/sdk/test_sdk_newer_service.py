"""Each client with a service that is newer than it: unknown states, kinds, events and fields are kept and shown."""

import asyncio
import json
from typing import Any

import pytest
from typer.testing import CliRunner

from choreo import AsyncChoreo, Choreo, JobUnsuccessful
from choreo._sync import streams
from choreo.command.app import app
from choreo.models import OtherJob
from tests.integration.sdk.conftest import HASTY
from tests.newer_service import DOCUMENT, NEW, newer
from tests.stub_server import RecordedRequest, StubResponse, StubServer, problem, stub_server
from tests.typescript import Program

ITEMS = DOCUMENT["components"]["schemas"]["Page_Job_"]["properties"]["data"]["items"]
KINDS = ["training", "generation", "evaluation", NEW]
EVENT_TYPES = ["brand_new.preview.failed", "concept.brand_new.created", f"{NEW}.succeeded"]


def _answer(asked: RecordedRequest) -> StubResponse:
    path = asked.path.partition("?")[0]
    if asked.method == "POST":
        return problem(422, "invalid", retryable=False)
    if path.endswith("/events"):
        return _events()
    if path.startswith("/v1/jobs/"):
        return _json(newer(ITEMS, kind=NEW))
    if path == "/v1/jobs":
        return _json({"data": [newer(ITEMS, kind=kind) for kind in KINDS], "next_cursor": None, "has_more": False})
    schema = DOCUMENT["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    return _json(newer(schema) | {"next_cursor": None})


def _json(value: Any) -> StubResponse:
    return StubResponse(200, json.dumps(value).encode())


def _events() -> StubResponse:
    events = [
        newer({"$ref": "#/components/schemas/Event"}) | {"type": kind, "state_seq": number, "data": {"news": [kind]}}
        for number, kind in enumerate(EVENT_TYPES, 1)
    ]
    text = "".join(f"event: {NEW}\nid: {event['state_seq']}\ndata: {json.dumps(event)}\n\n" for event in events)
    return StubResponse(200, text.encode(), (("Content-Type", "text/event-stream"),))


def test_unknown_values_are_kept_by_the_synchronous_client():
    with stub_server(script=_answer) as server, Choreo(server.url, "chk_1", retries=HASTY) as choreo:
        assert [(job.kind, job.state) for job in choreo.jobs.list()] == [(kind, NEW) for kind in KINDS]
        assert [model.readiness for model in choreo.base_models()] == [NEW]
        handle = choreo.jobs.handle("job_new")
        assert isinstance(handle.job, OtherJob)
        with pytest.raises(JobUnsuccessful, match=f"ended as {NEW}"):  # it has an end, in a state that is unknown
            handle.wait(timeout=5)
        assert [event.type_ for event in handle.stream()] == EVENT_TYPES


def test_unknown_values_are_kept_by_the_asynchronous_client():
    async def kinds(server: StubServer) -> list[tuple[str, str]]:
        async with AsyncChoreo(server.url, "chk_1", retries=HASTY) as choreo:
            return [(job.kind, job.state) async for job in choreo.jobs.list()]

    with stub_server(script=_answer) as server:
        assert asyncio.run(kinds(server)) == [(kind, NEW) for kind in KINDS]


def test_unknown_values_are_shown_by_the_command(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(streams, "RECONNECT_SECONDS", 0)
    with stub_server(script=_answer) as server:
        at = ("--base-url", server.url, "--api-key", "chk_1")
        rows = CliRunner().invoke(app, ["jobs", "list", *at]).stdout.splitlines()[1:]
        assert [tuple(row.split("\t")[1:3]) for row in rows] == [(kind, NEW) for kind in KINDS]
        listed = json.loads(CliRunner().invoke(app, ["jobs", "list", "--json", *at]).stdout)
        assert listed == [newer(ITEMS, kind=kind) for kind in KINDS]
        assert f"\t{NEW}\t{NEW}\t" in CliRunner().invoke(app, ["jobs", "show", "job_new", *at]).stdout
        watched = CliRunner().invoke(app, ["watch", "job_new", *at])
        assert [line.split()[-1] for line in watched.stderr.splitlines()[:3]] == EVENT_TYPES
        assert (watched.exit_code, f"ended as {NEW}" in watched.stderr) == (1, True)
        assert NEW in CliRunner().invoke(app, ["doctor", *at]).output


def test_unknown_values_are_kept_by_the_typescript_client(program: Program):
    with stub_server(script=_answer) as server:
        place = {"CHOREO_BASE_URL": server.url, "CHOREO_API_KEY": "chk_1"}
        lines = program.run("sdk/typescript/tests/newer.js", **place).splitlines()
    jobs = [f"text_{NEW} {kind} {NEW} {NEW} true" for kind in KINDS]
    rest = [f"text_{NEW} {NEW} true", f"text_{NEW} {NEW} text_{NEW}", f"text_{NEW}: ended as {NEW}"]
    assert lines == [*jobs, *rest, *EVENT_TYPES]
