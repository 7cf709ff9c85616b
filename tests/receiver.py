"""A webhook receiver: a real HTTP server that records requests and answers with given replies."""

import ssl
import zlib
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Event, Thread
from typing import NamedTuple


class Received(NamedTuple):
    """One request, header names in lower case."""

    path: str
    headers: dict[str, str]
    body: bytes


class Reply(NamedTuple):
    """One answer."""

    status: int = 204
    headers: tuple[tuple[str, str], ...] = ()


class Receiver(ThreadingHTTPServer):
    """Answers with `replies` in turn, the last one repeatedly. With `hold` set, a reply waits for `released`."""

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.received: list[Received] = []
        self.replies: list[Reply] = [Reply()]
        self.hold = False
        self.drip = False
        self.released = Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hook?from=choreo"

    def next_reply(self) -> Reply:
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append(Received(self.path, {k.lower(): v for k, v in self.headers.items()}, body))
        if self.server.drip:
            self._drip()
        if self.server.hold or self.server.drip:
            self.server.released.wait(30)
            return
        reply = self.server.next_reply()
        self.send_response(reply.status)
        for name, value in reply.headers:
            self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_POST

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing."""

    def _drip(self) -> None:
        """A response that never ends, one byte at a time: each byte restarts a plain socket timeout."""
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
        while not self.server.released.wait(0.05):
            try:
                self.wfile.write(b"x")
            except OSError:
                return


@contextmanager
def receiver(context: ssl.SSLContext | None = None, *, port: int = 0) -> Generator[Receiver]:
    """A receiver on a loopback port, by default a free one; with TLS when given a context."""
    server = Receiver(port)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.released.set()
        server.shutdown()
        thread.join()
        server.server_close()


def _head(*fields: bytes, status: bytes = b"503 Busy") -> bytes:
    return b"\r\n".join([b"HTTP/1.1 " + status, *fields, b"", b""])


BANNER = b"SSH-2.0-OpenSSH_9.2p1 Debian-2"
POISON: dict[str, bytes] = {
    "superscript Retry-After": _head(b"Retry-After: \xb2"),
    "Retry-After of many digits": _head(b"Retry-After: " + b"9" * 5000),
    "Retry-After out of the range of dates": _head(b"Retry-After: Mon, 01 Jan 0000 00:00:00 GMT"),
    "Retry-After with a huge time zone": _head(b"Retry-After: Fri, 31 Dec 9999 23:59:59 -9999999999"),
    "Retry-After that is no date": _head(b"Retry-After: , , Jan 1 1"),
    "NUL in the status line": b"HTTP/1.1 \x00\x1b[2J 200 OK\r\n\r\n",
    "NUL in a header": _head(b"Retry-After: \x00", b"X-\x00: \x00\xff"),
    "status of digits that are not ASCII": b"HTTP/1.1 \xb2\xb0\xb0 OK\r\n\r\n",
    "status out of range": b"HTTP/1.1 99999 OK\r\n\r\n",
    "another protocol": BANNER + b"\r\n",
    "nothing": b"",
    "endless header": _head(b"X: " + b"x" * 200_000),
    "endless headers": _head(*[b"X-%d: x" % number for number in range(5000)]),
    "huge Content-Length": _head(b"Content-Length: " + b"9" * 5000) + b"\x00" * 1000,
    "decompression bomb": _head(b"Content-Encoding: deflate") + zlib.compress(bytes(10_000_000)),
    "broken chunks": _head(b"Transfer-Encoding: chunked") + b"-1\r\n\x00",
    "redirect to nonsense": _head(b"Location: http://[\x00]:99999/", status=b"302 \x00"),
}
"""Answers of receivers, by what is wrong with them."""


class _PoisonHandler(StreamRequestHandler):
    def handle(self) -> None:
        index = self.rfile.readline().split(b" ")[1].rpartition(b"/")[2]
        with suppress(OSError):
            self.wfile.write(list(POISON.values())[int(index)])


@contextmanager
def poison_receiver() -> Generator[Sequence[str]]:
    """URLs of a receiver that answers each of them with one of `POISON`, in that order."""
    with ThreadingTCPServer(("127.0.0.1", 0), _PoisonHandler) as server:
        server.daemon_threads = True
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield [f"http://127.0.0.1:{server.server_address[1]}/{index}" for index in range(len(POISON))]
        server.shutdown()
        thread.join()
