import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from choreo.errors import InvalidArgument, NotConfigured, WebhookRefused
from choreo.webhooks import verify
from services.webhooks.sign import sign, tenant_secret
from tests.unit import test_webhooks_sign as published

SECRET = tenant_secret("k", "a")
BASE64 = SECRET.removeprefix("whsec_")
GOOD_SECRETS = [SECRET, f" {SECRET}", f"{SECRET}\n", f"\ufeff\t{SECRET}\r\n", f"\u00a0{SECRET}\v\f"]
BAD_SECRETS = [
    "",
    " ",
    "change-me",
    "whsec_",
    "whsec_a",
    "whsec_" + "A" * 28,  # 21 bytes
    "whsec_" + "A" * 88,  # 66 bytes
    BASE64,
    BASE64.lower() + "!",
    f"v1,{SECRET}",
    f'"{SECRET}"',
    f"'{SECRET}'",
    f"Whsec_{BASE64}",
    f"whsec_ {BASE64}",
    f"whsec_{BASE64[:20]}\n{BASE64[20:]}",
    SECRET.rstrip("="),
    f"{SECRET}=",
    f"{SECRET[:-4]}_-==",
    f"{SECRET}\x00",
    f"{SECRET} {SECRET}",
    f"whsec_{BASE64[:-2]}é=",
]
BODY = json.dumps({"type": "training.succeeded", "timestamp": "2026-01-01T00:00:00Z", "data": {"id": "job_1"}})


def now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - verifying looks at the real clock


def headers(*, age: timedelta = timedelta(), body: str = BODY) -> dict[str, str]:
    return sign([SECRET], "evt_1", now() - age, body)


def test_what_the_service_signs_is_believed_in_any_case_of_names() -> None:
    upper = {name.title(): value for name, value in headers().items()}
    message = verify(BODY.encode(), upper, SECRET)
    assert (message.id, message.type, message.data) == ("evt_1", "training.succeeded", {"id": "job_1"})
    assert message.timestamp == datetime(2026, 1, 1, tzinfo=UTC)


def test_during_a_rotation_either_secret_will_do() -> None:
    other = tenant_secret("k", "b")
    both = sign([other, SECRET], "evt_1", now(), BODY)
    assert verify(BODY, both, SECRET) == verify(BODY, both, other)


@pytest.mark.parametrize(
    ("payload", "given"),
    [
        (BODY.replace("job_1", "job_2"), headers),
        (BODY, lambda: headers() | {"webhook-id": "evt_2"}),
        (BODY, lambda: headers() | {"webhook-signature": "nonsense"}),
        (BODY, lambda: headers() | {"webhook-signature": "v1,%%"}),
        (BODY, lambda: headers() | {"webhook-timestamp": "nan"}),
        (BODY, lambda: headers() | {"webhook-timestamp": "1e300"}),
        (BODY, lambda: headers() | {"webhook-signature": "v1,\u00e4"}),
        (BODY, lambda: headers() | {"webhook-signature": "v1"}),
        (BODY, lambda: headers(age=timedelta(minutes=6))),
        (BODY, dict[str, str]),
        (b"\xff", headers),
        ("[]", lambda: headers(body="[]")),
        ("{}", lambda: headers(body="{}")),
    ],
)
def test_anything_else_is_not(payload: str | bytes, given: Callable[[], dict[str, str]]) -> None:
    with pytest.raises(WebhookRefused):
        verify(payload, given(), SECRET)


def test_the_specifications_own_example_is_believed_as_far_as_it_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    class Then(datetime):
        @classmethod
        def now(cls, tz=None):
            return cls.fromtimestamp(published.TIMESTAMP, tz)

    monkeypatch.setattr("standardwebhooks.webhooks.datetime", Then)
    stamp = str(published.TIMESTAMP)
    given = {"webhook-id": published.MESSAGE, "webhook-timestamp": stamp, "webhook-signature": published.SIGNATURE}
    with pytest.raises(WebhookRefused, match="not a webhook of Choreo"):  # the signature holds
        verify(published.BODY, given, published.SECRET)
    with pytest.raises(WebhookRefused, match="signature or timestamp is invalid"):
        verify(published.BODY + " ", given, published.SECRET)


@pytest.mark.parametrize("secret", GOOD_SECRETS)
def test_white_space_around_a_secret_does_not_count(secret: str) -> None:
    assert verify(BODY, headers(), secret).id == "evt_1"


@pytest.mark.parametrize("secret", [*BAD_SECRETS, None, SECRET.encode()])
def test_a_secret_that_is_none_is_the_receivers_fault(secret: Any) -> None:
    with pytest.raises(NotConfigured):
        verify(BODY, headers(), secret)


def test_a_parsed_body_is_the_receivers_fault() -> None:
    with pytest.raises(InvalidArgument):
        verify(json.loads(BODY), headers(), SECRET)


def test_the_page_for_users_receives_as_written() -> None:
    page = (Path(__file__).parents[2] / "docs" / "sdk.md").read_text()
    (block,) = re.findall(r"```python\n(from choreo import WebhookRefused.*?)```", page, flags=re.DOTALL)
    names: dict = {}
    exec(block.replace("whsec_...", SECRET), names)
    body = BODY.replace('"job_1"', '"job_1", "state_seq": 3')
    assert names["receive"](body.encode(), headers(body=body)) == 204
    assert names["receive"](body.encode(), headers()) == 401
