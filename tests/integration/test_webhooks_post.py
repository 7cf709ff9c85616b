"""One POST against a real receiver: request, accepted responses, and timeouts."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path

import pytest

from services.outgoing.fetch import FetchFailed, fetch
from services.outgoing.guard import Guard, Target
from services.webhooks.http_post import post, retry_after_seconds
from tests.receiver import BANNER, POISON, Receiver, Reply, poison_receiver, receiver
from tests.tls_proxy import certificate

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def server() -> Iterator[Receiver]:
    with receiver() as server:
        yield server


def _target(server: Receiver) -> Target:
    return Guard(allowed_networks=["127.0.0.0/8"]).locate(server.url)


def test_the_body_and_headers_arrive(server: Receiver) -> None:
    assert post(_target(server), b'{"a":1}', {"webhook-id": "whd_1"}, timeout=30).delivered
    [got] = server.received
    assert (got.path, got.body, got.headers["webhook-id"]) == ("/hook?from=choreo", b'{"a":1}', "whd_1")
    assert got.headers["host"] == f"127.0.0.1:{server.server_port}"


@pytest.mark.parametrize(
    ("status", "delivered"), [(200, True), (204, True), (299, True), (301, False), (410, False), (500, False)]
)
def test_only_2xx_is_success(server: Receiver, status: int, delivered: bool) -> None:
    server.replies = [Reply(status)]
    answer = post(_target(server), b"{}", {}, timeout=30)
    assert (answer.status, answer.delivered) == (status, delivered)


def test_a_redirect_is_not_followed(server: Receiver) -> None:
    with receiver() as elsewhere:
        server.replies = [Reply(307, (("Location", elsewhere.url),))]
        assert post(_target(server), b"{}", {}, timeout=30).status == 307
        assert elsewhere.received == []


def test_a_proxy_in_the_environment_is_not_used(server: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    with receiver() as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.server_port}")
        assert post(_target(server), b"{}", {}, timeout=30).delivered
        assert proxy.received == []


@pytest.mark.parametrize("way", ["hold", "drip"])
def test_a_slow_receiver_is_cut_off(server: Receiver, way: str) -> None:
    setattr(server, way, True)
    began = time.monotonic()
    answer = post(_target(server), b"{}", {}, timeout=0.5)
    assert time.monotonic() - began < 15
    assert (answer.status, answer.error) == (None, "no answer within 0.5 s")


def test_a_refused_connection_is_a_result(server: Receiver) -> None:
    target = _target(server)._replace(port=1)
    answer = post(target, b"{}", {}, timeout=30)
    assert answer.status is None
    assert "refused" in (answer.error or "")


def test_tls_goes_to_the_pinned_address_and_proves_the_name(tmp_path: Path) -> None:
    served, trusted = certificate(tmp_path, "hooks.example")
    with receiver(served) as server:
        url = f"https://hooks.example:{server.server_port}/hook"
        target = Guard(allowed_networks=["127.0.0.0/8"], resolve=lambda *_: ["127.0.0.1"]).locate(url)
        assert post(target, b"{}", {}, timeout=30, context=trusted).delivered
        assert server.received[0].headers["host"] == f"hooks.example:{server.server_port}"
        stranger = post(target._replace(host="other.example"), b"{}", {}, timeout=30, context=trusted)
        unknown = post(target, b"{}", {}, timeout=30)
    assert (stranger.status, unknown.status) == (None, None)
    assert (stranger.error, unknown.error) == ("TLS failed: CERTIFICATE_VERIFY_FAILED",) * 2
    assert len(server.received) == 1


def test_a_tls_handshake_that_hangs_is_cut_off(server: Receiver) -> None:
    target = _target(server)._replace(scheme="https", address=ip_address("127.0.0.1"))
    answer = post(target, b"{}", {}, timeout=0.5)
    assert answer.status is None


def test_retry_after_is_seconds_or_a_date() -> None:
    assert retry_after_seconds(None, NOW) is None
    assert retry_after_seconds("120", NOW) == 120
    assert retry_after_seconds("Thu, 01 Jan 2026 00:01:30 GMT", NOW) == 90
    assert retry_after_seconds("Wed, 31 Dec 2025 00:00:00 GMT", NOW) == 0
    assert retry_after_seconds("soon", NOW) is None
    assert retry_after_seconds("-5", NOW) is None


@pytest.mark.parametrize(
    "text",
    [
        "\xb2", "\u0665", "1_0", "1e3", "inf", "", " ", "\0", "9" * 5000 + "x", "Mon, 01 Jan 0000 00:00:00 GMT",
        "Mon, 01 Jan 99999 00:00:00 GMT", "Mon, 99 Jan 2026 00:00:00 GMT", "Mon, 01 Jan 2026 99:00:00 GMT",
        "Mon, 01 Jan 2026 00:00:00 -9999999999", ",", ", , Jan 1 1", "Jan", "Mon, 01 Jan 2026",
    ],
)  # fmt: skip
def test_a_retry_after_that_is_neither_is_none_or_finite(text: str) -> None:
    assert (retry_after_seconds(text, NOW) or 0.0) < 1e101


def test_a_retry_after_of_many_digits_is_long() -> None:
    assert (retry_after_seconds("9" * 5000, NOW) or 0.0) > 1e9


@pytest.mark.parametrize("host", ["a" * 64 + ".example", "a..example", "xn--\u00df.example", ".example"])
def test_a_host_name_that_tls_cannot_take_is_an_answer_too(server: Receiver, host: str) -> None:
    answer = post(_target(server)._replace(scheme="https", host=host), b"{}", {}, timeout=5)
    assert answer.status is None
    assert "could not be sent" in (answer.error or "") or "TLS failed" in (answer.error or "")


def test_a_banner_of_another_protocol_is_not_shown(tmp_path: Path) -> None:
    with poison_receiver() as urls:
        url = urls[list(POISON).index("another protocol")]
        guard = Guard(allowed_networks=["127.0.0.0/8"])
        answer = post(guard.locate(url), b"{}", {}, timeout=30)
        with pytest.raises(FetchFailed) as caught:
            fetch(guard, url, tmp_path / "file", max_bytes=10, seconds=30)
    for text in (str(answer.error), str(caught.value)):
        assert "not HTTP" in text
        assert BANNER.decode() not in text
