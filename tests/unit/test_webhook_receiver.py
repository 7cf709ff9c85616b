import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from deploy.demo.webhook_receiver import WebhookReceiver
from services.webhooks.sign import sign, tenant_secret

SECRET = tenant_secret("key", "ten_1")
BODY = json.dumps({"type": "training.succeeded", "timestamp": "2026-01-02T03:04:05Z", "data": {"id": "job_1"}})


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[WebhookReceiver]:
    with WebhookReceiver(SECRET, log=tmp_path / "log") as receiver:
        yield receiver


def _send(receiver: WebhookReceiver, secret: str, body: str = BODY, signed: str = BODY) -> int:
    headers = sign([secret], "msg_1", datetime.now(UTC), signed)  # noqa: TID251 - the verifier reads the machine's clock
    return httpx.post(receiver.url, content=body, headers=headers).status_code


def test_a_signed_webhook_is_believed(receiver: WebhookReceiver):
    assert _send(receiver, SECRET) == 204
    found = receiver.wait_for_job("job_1", "training.succeeded", timeout=5)
    assert found
    assert found.webhook_id == "msg_1"


def test_a_webhook_that_is_about_no_job_is_passed_over(receiver: WebhookReceiver):
    version = BODY.replace("training.succeeded", "concept.version.created").replace('"id"', '"concept_id"')
    assert _send(receiver, SECRET, version, signed=version) == 204
    assert receiver.wait_for_job("job_1", "training.succeeded", timeout=0) is None
    assert _send(receiver, SECRET) == 204
    assert receiver.wait_for_job("job_1", "training.succeeded", timeout=5)


def test_a_forged_or_altered_webhook_is_not(receiver: WebhookReceiver):
    assert _send(receiver, tenant_secret("another key", "ten_1")) == 401
    assert _send(receiver, SECRET, BODY.replace("job_1", "job_2")) == 401
    assert receiver.wait_for_job("job_1", "training.succeeded", timeout=0) is None
    assert [delivery.verified for delivery in receiver.deliveries] == [False, False]


def test_what_arrived_before_a_kill_is_still_known(receiver: WebhookReceiver, tmp_path: Path):
    _send(receiver, SECRET)
    with (tmp_path / "log").open("a") as log:
        log.write('{"webhook_id": "half')
    with WebhookReceiver(SECRET, log=tmp_path / "log") as later:
        assert later.wait_for_job("job_1", "training.succeeded", timeout=0)
