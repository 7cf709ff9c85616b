"""The receivers of docs/examples, run as documented."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

import httpx
import pytest

from services.webhooks.sign import sign, tenant_secret
from tests.typescript import ROOT, Program

SECRET = tenant_secret("k", "a")
JOB = "job_01KAPZ6V3W8Q0M4N5R6S7T8V9X"


class Example(NamedTuple):
    """A running receiver and its URL."""

    process: "subprocess.Popen[str]"
    url: str

    def said(self) -> str:
        """The next line of its output."""
        assert self.process.stdout
        return self.process.stdout.readline().strip()

    def send(self, event_type: str, data: dict[str, object], secret: str = SECRET) -> int:
        body = json.dumps({"type": event_type, "timestamp": "2026-01-01T00:00:00Z", "data": data})
        now = datetime.now(UTC)  # noqa: TID251 - the receiver looks at the real clock
        headers = {"content-type": "application/json"} | sign([secret], "evt_1", now, body)
        return httpx.post(self.url, content=body, headers=headers, timeout=60, trust_env=False).status_code


@pytest.fixture(params=["python", "typescript"])
def example(request: pytest.FixtureRequest) -> Iterator[Example]:
    command = [sys.executable, str(ROOT / "docs" / "examples" / "receiver.py"), "0"]
    if request.param == "typescript":
        program: Program = request.getfixturevalue("program")
        command = program.command("docs/examples/receiver.mjs", "0")
    environment = os.environ | {"CHOREO_WEBHOOK_SECRET": SECRET}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        try:
            assert process.stdout
            greeting = process.stdout.readline()
            found = re.fullmatch(r"listening on (http://127\.0\.0\.1:\d+/)\n", greeting)
            assert found, greeting
            yield Example(process, found[1])
        finally:
            process.kill()


def test_what_is_signed_and_new_is_taken_and_the_rest_is_not(example: Example):
    assert example.send("training.succeeded", {"id": JOB, "state_seq": 4}) == 204
    assert example.said() == f"training.succeeded {JOB} 4"
    assert example.send("training.running", {"id": JOB, "state_seq": 2}) == 204
    assert example.said() == f"stale {JOB} 2"
    assert example.send("training.succeeded", {"id": JOB, "state_seq": 4}) == 204
    assert example.said() == f"stale {JOB} 4"
    assert example.send("training.failed", {"id": JOB, "state_seq": 9}, tenant_secret("k", "b")) == 401
    assert example.said().startswith("refused: ")
    assert example.send("concept.version.created", {"version": 1}) == 204
    assert example.said() == "concept.version.created"
