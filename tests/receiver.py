"""A webhook receiver: a real HTTP server that keeps what it was sent and answers as told."""

import ssl
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
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
    """Answers with `replies` in turn, the last one for ever. Set `hold` to let an answer wait for `released`."""

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
        """Says nothing."""

    def _drip(self) -> None:
        """An answer that never ends, a byte at a time: each byte starts a plain socket timeout again."""
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
