import httpx
import pytest

from choreo.retries import REPEATABLE, Retries, is_repeatable, retry_after

SURE = Retries(attempts=4, first=1, longest=3, patience=60, random=lambda: 0.0)
GET = httpx.Request("GET", "http://service/")
PUT = httpx.Request("PUT", "http://service/")
POST = httpx.Request("POST", "http://service/", headers={"Idempotency-Key": "k"})


def answer(status: int, **headers: str) -> httpx.Response:
    return httpx.Response(status, headers={name.replace("_", "-"): value for name, value in headers.items()})


def test_pauses_double_up_to_the_longest_and_then_end() -> None:
    pauses = [SURE.after_answer(GET, answer(503), tried) for tried in (1, 2, 3, 4)]
    assert pauses == [1, 2, 3, None]
    assert Retries(first=1, random=lambda: 1.0).after_answer(GET, answer(503), 1) == 0.5


def test_retry_after_goes_first_within_patience() -> None:
    assert SURE.after_answer(GET, answer(429, Retry_After="7"), 1) == 7
    assert SURE.after_answer(GET, answer(429, Retry_After="61"), 1) is None


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("5", 5),
        ("Wed, 21 Oct 2026 07:28:30 GMT", 30),
        ("Wed, 21 Oct 2026 07:27:00 GMT", 0),
        ("soon", None),
        ("", None),
        ("-3", None),
    ],
)
def test_retry_after_is_a_number_or_a_date_by_the_servers_clock(value: str, seconds: float | None) -> None:
    assert retry_after(answer(503, Retry_After=value, Date="Wed, 21 Oct 2026 07:28:00 GMT")) == seconds


@pytest.mark.parametrize("status", [200, 400, 401, 403, 404, 409, 422, 500])
def test_other_answers_stand(status: int) -> None:
    assert SURE.after_answer(GET, answer(status), 1) is None


def test_a_gateway_does_not_know_whether_something_was_done() -> None:
    assert SURE.after_answer(PUT, answer(502), 1) is None
    assert SURE.after_answer(PUT, answer(504), 1) is None
    assert SURE.after_answer(POST, answer(504), 1) == 1
    assert SURE.after_answer(PUT, answer(429), 1) == 1


@pytest.mark.parametrize("status", [520, 521, 522, 523, 524])
def test_a_proxys_own_statuses_are_those_of_a_gateway(status: int) -> None:
    assert (SURE.after_answer(GET, answer(status), 1), SURE.after_answer(PUT, answer(status), 1)) == (1, None)


@pytest.mark.parametrize("status", [408, 425, 429, 503])
def test_what_was_refused_unread_is_sent_again(status: int) -> None:
    assert SURE.after_answer(PUT, answer(status), 1) == 1


@pytest.mark.parametrize(
    ("status", "code", "worth"),
    [
        (500, "InternalError", True),
        (503, "SlowDown", True),
        (400, "RequestTimeout", True),
        (403, "AccessDenied", False),
    ],
)
def test_the_storages_errors_are_those_of_s3(status: int, code: str, worth: bool) -> None:
    to_storage = httpx.Request("PUT", "http://storage/", extensions={REPEATABLE: True})
    busy = httpx.Response(status, content=f"<Error><Code>{code}</Code></Error>")
    assert (SURE.after_answer(to_storage, busy, 1) is not None) == worth


def test_a_request_that_was_not_sent_is_always_retried() -> None:
    assert SURE.after_error(PUT, httpx.ConnectError(""), 1) == 1
    assert SURE.after_error(PUT, httpx.ReadError(""), 1) is None
    assert SURE.after_error(POST, httpx.ReadError(""), 1) == 1
    assert SURE.after_error(GET, httpx.ReadTimeout(""), 4) is None
    assert SURE.after_error(GET, httpx.UnsupportedProtocol(""), 1) is None


def test_what_may_be_sent_twice() -> None:
    assert is_repeatable(GET)
    assert is_repeatable(POST)
    assert not is_repeatable(PUT)
    assert not is_repeatable(httpx.Request("POST", "http://service/"))
    assert is_repeatable(httpx.Request("PUT", "http://storage/", extensions={REPEATABLE: True}))
