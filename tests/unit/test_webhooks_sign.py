from datetime import UTC, datetime, timedelta, timezone

import pytest

from services.webhooks.sign import WebhookVerificationError, sign, tenant_secret, verify

# The published example of Standard Webhooks' own test suites.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
MESSAGE, TIMESTAMP = "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330
BODY = '{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_signs_as_the_specification_does() -> None:
    headers = sign([SECRET], MESSAGE, datetime.fromtimestamp(TIMESTAMP, UTC), BODY)
    assert headers == {
        "webhook-id": MESSAGE,
        "webhook-timestamp": str(TIMESTAMP),
        "webhook-signature": SIGNATURE,
    }


def test_the_timestamp_does_not_depend_on_the_time_zone() -> None:
    moment = datetime.fromtimestamp(TIMESTAMP, timezone(timedelta(hours=-7)))
    assert sign([SECRET], MESSAGE, moment, BODY)["webhook-signature"] == SIGNATURE


def test_during_a_rotation_both_secrets_verify() -> None:
    old, new = tenant_secret("k", "a"), tenant_secret("k", "b")
    headers = sign([new, old], "whd_1", datetime.now(UTC), BODY)  # noqa: TID251 - verifying looks at the real clock
    assert verify(old, headers, BODY) == verify(new, headers, BODY) == {"test": 2432232314}


@pytest.mark.parametrize(
    "change", [{"webhook-id": "other"}, {"webhook-timestamp": "1"}, {"webhook-signature": "v1,AAAA"}]
)
def test_a_changed_message_does_not_verify(change: dict[str, str]) -> None:
    secret = tenant_secret("k", "a")
    headers = sign([secret], "whd_1", datetime.now(UTC), BODY)  # noqa: TID251 - verifying looks at the real clock
    with pytest.raises(WebhookVerificationError):
        verify(secret, headers | change, BODY)
    with pytest.raises(WebhookVerificationError):
        verify(secret, headers, BODY + " ")


def test_secrets_differ_by_tenant_and_by_service() -> None:
    assert len({tenant_secret(key, tenant) for key in ("k", "l") for tenant in ("a", "b")}) == 4
