"""A faulty proxy in front of a real S3 server: it refuses, hangs, answers 503 or 409, or cuts connections.

It forwards bytes as they are, so what passes it is the real server's. Only the header of each request is looked at.
"""

import random
import select
import socket
import struct
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum

CHUNK = 64 * 1024
HEAD_BYTES = 64 * 1024
CONTINUE = b"HTTP/1.1 100"
"""Not the answer yet: the server wants the body."""


class Fault(StrEnum):
    """The proxy's behaviour for connections that arrive while it is set."""

    NONE = "none"
    REFUSE = "refuse"
    """It resets them."""
    HANG = "hang"
    """It listens and never answers."""
    UNAVAILABLE = "503"
    CONFLICT = "409"
    CUT_REQUEST = "cut_request"
    """It dies in the middle of what is uploaded."""
    CUT_ANSWER = "cut_answer"
    """The server does what it is asked, and dies in the middle of its answer."""


_CODES = {
    Fault.UNAVAILABLE: ("503 Service Unavailable", "SlowDown"),
    Fault.CONFLICT: ("409 Conflict", "ConditionalRequestConflict"),
}


@dataclass
class FaultyProxy:
    """Its address and behaviour; `set` changes the behaviour for all connections, also for open ones."""

    listener: socket.socket
    upstream: tuple[str, int]
    cut_after: int = 10
    """Bytes of a body, or of an answer, that pass before it is cut. Ten end in an answer's first line: Python takes the
    end of a stream for the end of its header, and a header that is cut for one that is whole.
    """

    def __post_init__(self) -> None:
        self.fault = Fault.NONE
        self.only: str | None = None
        self.num_faults = 0
        self._times_left: int | None = None
        self._guard = threading.Lock()
        self._open: set[socket.socket] = set()

    @property
    def url(self) -> str:
        """The URL of the proxy."""
        return f"http://127.0.0.1:{self.listener.getsockname()[1]}"

    def set(self, fault: Fault, *, only: str | None = None, times: int | None = None) -> None:
        """Behave so from now on, or so many times, only towards requests of this method if one is named.

        Ends what is open.
        """
        with self._guard:
            self.fault, self.only, self._times_left = fault, only, times
            for one in self._open:
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)

    def serve(self) -> None:
        """Accept connections until the listener is closed."""
        while True:
            try:
                caller, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(caller,), daemon=True).start()

    def _answer(self, caller: socket.socket) -> None:
        with self._guard:
            self._open.add(caller)
        try:
            with caller, suppress(OSError):
                self._behave(caller)
        finally:
            with self._guard:
                self._open.discard(caller)

    def _behave(self, caller: socket.socket) -> None:
        head = _head(caller)
        fault = self._choose(head.partition(b" ")[0].decode())
        if self.only is not None or self._times_left is not None:  # the connection's next request is another matter
            head = head.replace(b"\r\n", b"\r\nConnection: close\r\n", 1)
        if fault is Fault.REFUSE:
            self._reset(caller)
        elif fault is Fault.HANG:
            while caller.recv(CHUNK):
                pass
        elif fault in _CODES:
            caller.sendall(_problem(*_CODES[fault]))
        else:
            self._forward(caller, head, fault)

    def _choose(self, method: str) -> Fault:
        """The fault for a request of this method."""
        with self._guard:
            if self.fault is Fault.NONE or self.only not in (None, method) or self._times_left == 0:
                return Fault.NONE
            if self._times_left is not None:
                self._times_left -= 1
            self.num_faults += 1
            return self.fault

    def _reset(self, caller: socket.socket) -> None:
        caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def _forward(self, caller: socket.socket, head: bytes, fault: Fault) -> None:
        with socket.create_connection(self.upstream) as server:
            with self._guard:
                self._open.add(server)
            try:
                server.sendall(head)
                limits = {
                    caller: self.cut_after if fault is Fault.CUT_REQUEST else None,
                    server: self.cut_after if fault is Fault.CUT_ANSWER else None,
                }
                _pump(caller, server, limits)
            finally:
                with self._guard:
                    self._open.discard(server)


def _pump(one: socket.socket, other: socket.socket, limits: dict[socket.socket, int | None]) -> None:
    """Copy bytes both ways until either side ends or reaches its limit."""
    partner = {one: other, other: one}
    while True:
        for source in select.select([one, other], [], [])[0]:
            data = source.recv(CHUNK)
            if not data:
                return
            left = None if data.startswith(CONTINUE) else limits[source]
            partner[source].sendall(data if left is None else data[:left])
            if left is not None:
                if left <= len(data):
                    return
                limits[source] = left - len(data)


def _head(caller: socket.socket) -> bytes:
    """The received bytes up to the end of a request's header, with the part of its body that arrived."""
    data = b""
    while b"\r\n\r\n" not in data and len(data) < HEAD_BYTES:
        more = caller.recv(CHUNK)
        if not more:
            raise ConnectionResetError
        data += more
    return data


def _problem(status: str, code: str) -> bytes:
    body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>injected</Message></Error>".encode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/xml\r\nContent-Length: {len(body)}\r\nConnection: close\r\n"
    return head.encode() + b"\r\n" + body


def draw(chance: random.Random) -> Fault:
    """Any fault."""
    return chance.choice([fault for fault in Fault if fault is not Fault.NONE])


@contextmanager
def faulty_proxy(upstream_url: str) -> Generator[FaultyProxy]:
    """A proxy on a free loopback port for `http://HOST:PORT`, open until the block ends."""
    host, _, port = upstream_url.removeprefix("http://").rpartition(":")
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
        one = FaultyProxy(listener, (host, int(port)))
        thread = threading.Thread(target=one.serve, daemon=True)
        thread.start()
        try:
            yield one
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            one.set(Fault.NONE)
    thread.join(10)
