"""The TypeScript client: it compiles strictly, and does with the real service what the Python one does."""

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

from services.webhooks.sign import sign, tenant_secret
from tests.integration.sdk.test_sdk_network_failures import AWAY, BASE_MODELS, BUSY, CONCEPT, event
from tests.service import running
from tests.stub_server import RecordedRequest, StubResponse, StubServer, problem, stub_server
from tests.typescript import Program
from tests.unit.test_sdk_webhooks import BAD_SECRETS, GOOD_SECRETS
from tests.unit.test_webhooks_sign import BODY as VECTOR_BODY
from tests.unit.test_webhooks_sign import MESSAGE, SIGNATURE, TIMESTAMP
from tests.unit.test_webhooks_sign import SECRET as VECTOR_SECRET
from tests.worker import working

SECRET, OTHER = tenant_secret("k", "a"), tenant_secret("k", "b")
NOW = datetime(2026, 1, 1, tzinfo=UTC)
VECTOR_AT = datetime.fromtimestamp(TIMESTAMP, UTC)
VECTOR = {"webhook-id": MESSAGE, "webhook-timestamp": str(TIMESTAMP), "webhook-signature": SIGNATURE}


def test_it_does_everything_with_a_running_service(program: Program, sqlite_template: Path, tmp_path: Path, clip: Path):
    shutil.copyfile(sqlite_template, tmp_path / "choreo.db")
    with running(f"sqlite:///{tmp_path / 'choreo.db'}", tmp_path) as service, working(service):
        key = service.caller().headers["Authorization"].removeprefix("Bearer ")
        place = {"CHOREO_BASE_URL": service.settings.public_url, "CHOREO_API_KEY": key}
        assert program.run("sdk/typescript/tests/live.js", str(tmp_path), str(clip), **place) == "all of it\n"


def _call(program: Program, server: StubServer, call: str) -> str:
    place = {"CHOREO_BASE_URL": server.url, "CHOREO_API_KEY": "chk_1"}
    return program.run("sdk/typescript/tests/hours.js", call, **place).strip()


def test_it_waits_for_retry_after_and_repeats_the_idempotency_key(program: Program):
    with stub_server(BUSY, AWAY, CONCEPT) as server:
        assert _call(program, server, "create") == "con_1"
    keys = [request.headers["idempotency-key"] for request in server.requests]
    assert (len(keys), len(set(keys))) == (3, 1)


def test_what_is_no_use_is_not_tried_again(program: Program):
    long = problem(429, "rate_limited", retryable=True, headers=(("Retry-After", "3600"),))
    with stub_server(long) as server:
        assert _call(program, server, "models") == "RateLimited 3600"
    assert len(server.requests) == 1
    with stub_server(StubResponse(body=b"{", length=1000)) as server:
        assert _call(program, server, "alias") == "Unreachable"
    assert len(server.requests) == 1
    with stub_server(StubResponse(404, b"<h1>It works!</h1>", (("Content-Type", "text/html"),))) as server:
        assert _call(program, server, "models") == "UnexpectedAnswer"
    with stub_server(StubResponse(body=b"{", length=1000), BASE_MODELS) as server:
        assert _call(program, server, "models") == "0"


def test_a_stream_that_breaks_is_taken_up_where_it_broke(program: Program):
    def torn(request: RecordedRequest) -> StubResponse:
        after = int(request.headers["last-event-id"])
        some = b"retry: 2000\n\n" + b": still here\n\n".join(event(number) for number in range(after + 1, after + 90))
        return StubResponse(200, some, (("Content-Type", "text/event-stream"),), len(some) + after % 2)

    with stub_server(script=torn) as server:
        assert _call(program, server, "events") == ",".join(str(number) for number in range(1, 201))
    assert len(server.requests) == 3


def test_only_what_is_signed_is_believed(program: Program):
    body = '{"type": "training.succeeded", "timestamp": "2026-01-01T00:00:00Z", "data": {"id": "job_1"}}'
    good, both = signed(body), sign([OTHER, SECRET], "evt_1", NOW, body)
    upper = {name.title(): value for name, value in good.items()}
    held = [(body, upper, SECRET, NOW), (body, both, SECRET, NOW), (body, both, OTHER, NOW)]
    broken = [
        (body.replace("job_1", "job_2"), good, SECRET, NOW),
        (body, good, OTHER, NOW),
        (body, good, SECRET, NOW + timedelta(minutes=6)),
        (body, {}, SECRET, NOW),
        (VECTOR_BODY + " ", VECTOR, VECTOR_SECRET, VECTOR_AT),
    ]
    strange = [("[]", signed("[]"), SECRET, NOW), (VECTOR_BODY, VECTOR, VECTOR_SECRET, VECTOR_AT)]
    reported = _verified(program, [*held, *broken, *strange, (body, good, "whsec_", NOW)])
    assert reported[:3] == ["evt_1 training.succeeded"] * 3
    assert [line.partition(":")[0] for line in reported[3:8]] == ["the webhook's signature or timestamp is invalid"] * 5
    assert reported[8:10] == ["the body is not a webhook of Choreo"] * 2
    assert reported[10].startswith("not a webhook secret")


def test_it_takes_the_same_secrets_as_the_python_client(program: Program):
    body = '{"type": "training.succeeded", "timestamp": "2026-01-01T00:00:00Z", "data": {"id": "job_1"}}'
    reported = _verified(program, [(body, signed(body), secret, NOW) for secret in [*GOOD_SECRETS, *BAD_SECRETS]])
    assert reported[: len(GOOD_SECRETS)] == ["evt_1 training.succeeded"] * len(GOOD_SECRETS)
    assert {line.partition(":")[0] for line in reported[len(GOOD_SECRETS) :]} == {"not a webhook secret"}


def signed(body: str) -> dict[str, str]:
    return sign([SECRET], "evt_1", NOW, body)


def _verified(program: Program, tries: list[tuple[str, dict[str, str], str, datetime]]) -> list[str]:
    names = ("payload", "headers", "secret", "at")
    lines = [json.dumps(dict(zip(names, (*one[:3], one[3].timestamp() * 1000), strict=True))) for one in tries]
    return program.run("sdk/typescript/tests/verify.js", stdin="\n".join(lines)).splitlines()
