"""What connections may cost: keys before bodies, deadlines for what is sent and read, a bound on their number."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from api import server
from tests.service import Service, running
from tests.waiting import wait_until

POST = "POST /v1/generations HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
BODY = b'{"prompt": "a ball"}'


@pytest.fixture
def key(sqlite_service: Service) -> str:
    return f"Authorization: {sqlite_service.caller().headers['authorization']}\r\n"


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def connect(service: Service, stack: ExitStack) -> socket.socket:
    address = service.settings.public_url.rpartition("/")[2].split(":")
    return stack.enter_context(socket.create_connection((address[0], int(address[1])), timeout=20))


def everything(connection: socket.socket) -> bytes:
    """What the service sends until it closes the connection."""
    parts: list[bytes] = []
    try:
        while part := connection.recv(65536):
            parts.append(part)
    except ConnectionResetError:
        parts.append(b"")
    return b"".join(parts)


def first_line(connection: socket.socket) -> bytes:
    return connection.recv(65536).split(b"\r\n")[0]


@pytest.mark.parametrize(
    "authorization", ["", "Authorization: Bearer chk_made_up\r\n", "Authorization: Basic dTpw\r\n"]
)
@pytest.mark.parametrize("length", ["Content-Length: 1048575\r\n", "Transfer-Encoding: chunked\r\n"])
def test_a_body_without_a_valid_key_is_neither_read_nor_asked_for(
    sqlite_service: Service, stack: ExitStack, authorization: str, length: str
):
    waiting = connect(sqlite_service, stack)
    waiting.sendall(f"{POST}{authorization}{length}Expect: 100-continue\r\n\r\n".encode())
    assert first_line(waiting) == b"HTTP/1.1 401 Unauthorized"
    sending = connect(sqlite_service, stack)
    sending.sendall(f"{POST}{authorization}{length}\r\n".encode())
    assert first_line(sending) == b"HTTP/1.1 401 Unauthorized"


def test_a_body_with_a_key_is_asked_for(sqlite_service: Service, stack: ExitStack, key: str):
    connection = connect(sqlite_service, stack)
    connection.sendall(f"{POST}{key}Content-Length: {len(BODY)}\r\nExpect: 100-continue\r\n\r\n".encode())
    assert first_line(connection) == b"HTTP/1.1 100 Continue"
    connection.sendall(BODY)
    assert first_line(connection).startswith(b"HTTP/1.1 202")


@pytest.mark.parametrize("path", ["/v1/generations", "/v1/storage/a", "/healthz", "/nowhere"])
@pytest.mark.parametrize("coding", ["chunked", "Chunked"])
def test_a_request_with_two_lengths_is_refused(
    sqlite_service: Service, stack: ExitStack, key: str, path: str, coding: str
):
    lines = [f"Content-Length: {len(BODY)}\r\n", f"Transfer-Encoding: {coding}\r\n"]
    for length in (lines, lines[::-1]):
        connection = connect(sqlite_service, stack)
        head = POST.replace("/v1/generations", path) + key + "".join(length) + "\r\n"
        connection.sendall(head.encode() + b"0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = everything(connection)
        assert answer.startswith(b"HTTP/1.1 400")
        assert json.loads(answer.rpartition(b"\r\n\r\n")[2])["code"] == "ambiguous_length"
        assert answer.count(b"HTTP/1.1") == 1, "what follows is not taken for a request"


def trickle(connection: socket.socket, text: bytes, service_ends: float = 20.0) -> bytes:
    """Send a byte every 20 ms, until the service has closed the connection; returns what it sent."""
    connection.settimeout(0.02)
    received, rest = b"", iter(text)
    for _ in range(int(service_ends / 0.02)):
        try:
            part = connection.recv(65536)
            if not part:
                return received
            received += part
        except TimeoutError:
            connection.sendall(bytes([next(rest, ord("a"))]))
        except OSError:
            return received
    raise AssertionError("the service kept the connection")


@pytest.mark.parametrize("begin", [b"", b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"], ids=["first", "kept alive"])
def test_a_head_that_does_not_end_is_not_waited_for(
    sqlite_service: Service, stack: ExitStack, monkeypatch: pytest.MonkeyPatch, begin: bytes
):
    monkeypatch.setattr(server, "HEAD_SECONDS", 0.2)
    connection = connect(sqlite_service, stack)
    connection.sendall(begin)
    received = trickle(connection, b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-A: ")
    assert received.count(b"HTTP/1.1 200") == (1 if begin else 0)
    assert b"HTTP/1.1 408" in received
    silent = connect(sqlite_service, stack)
    assert b"HTTP/1.1 200" not in everything(silent)


def test_a_body_that_does_not_end_is_not_waited_for(
    sqlite_service: Service, stack: ExitStack, monkeypatch: pytest.MonkeyPatch, key: str
):
    monkeypatch.setattr(server, "BODY_SECONDS", 0.2)
    connection = connect(sqlite_service, stack)
    connection.sendall(f"{POST}{key}Content-Length: 1000000\r\n\r\n".encode())
    answer = trickle(connection, b"")
    assert answer.startswith(b"HTTP/1.1 408")
    assert json.loads(answer.rpartition(b"\r\n\r\n")[2])["code"] == "request_timeout"
    refused = connect(sqlite_service, stack)
    monkeypatch.setattr(server, "LINGER_SECONDS", 0.2)
    refused.sendall(f"{POST}Content-Length: 1000000\r\n\r\n".encode())
    assert trickle(refused, b"").startswith(b"HTTP/1.1 401"), "and it continues to send an unread body"


def test_a_slow_but_steady_body_is_waited_for(
    sqlite_service: Service, stack: ExitStack, monkeypatch: pytest.MonkeyPatch, key: str
):
    monkeypatch.setattr(server, "BODY_SECONDS", 0.3)
    monkeypatch.setattr(server, "BODY_BYTES_PER_SECOND", 10)
    connection = connect(sqlite_service, stack)
    connection.sendall(f"{POST}{key}Content-Length: {len(BODY)}\r\n\r\n".encode())
    pause = threading.Event()
    for byte in BODY:
        pause.wait(0.03)
        connection.sendall(bytes([byte]))
    assert first_line(connection).startswith(b"HTTP/1.1 202")


def test_a_caller_that_does_not_read_is_not_waited_for(
    sqlite_service: Service, stack: ExitStack, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(server, "WRITE_SECONDS", 0.2)
    connection = connect(sqlite_service, stack)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.sendall(b"GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: x\r\n\r\n" * 20)

    def is_closed() -> bool:
        try:
            connection.sendall(b"G")
        except OSError:
            return True
        return False

    wait_until(is_closed, what="the end of the connection")


def test_connections_over_the_bound_are_refused_with_retry_after(sqlite_url: str, tmp_path: Path, stack: ExitStack):
    with running(sqlite_url, tmp_path, max_connections=3) as service:
        held = [connect(service, stack) for _ in range(3)]
        for connection in held:
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            assert first_line(connection) == b"HTTP/1.1 200 OK"
        answer = everything(connect(service, stack))
        assert answer.startswith(b"HTTP/1.1 503")
        assert b"retry-after: 5" in answer
        held[0].close()
        last = connect(service, stack)
        last.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert first_line(last) == b"HTTP/1.1 200 OK"
