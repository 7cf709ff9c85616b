"""An HTTP server with scripted responses, for failures that the real service cannot produce on request."""

import json
from collections.abc import Callable, Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import NamedTuple


class RecordedRequest(NamedTuple):
    """One request, header names in lower case."""

    method: str
    path: str
    headers: dict[str, str]


class StubResponse(NamedTuple):
    """One answer; with a `length` above that of its body, the connection breaks in the middle.

    Before that, or before the end of a complete body, it stalls for `stall` seconds.
    """

    status: int = 200
    body: bytes = b"{}"
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "application/json"),)
    length: int | None = None
    stall: float = 0.0


Script = Callable[[RecordedRequest], StubResponse]
PROBLEM = (("Content-Type", "application/problem+json"),)


def problem(status: int, code: str, *, retryable: bool, headers: tuple[tuple[str, str], ...] = ()) -> StubResponse:
    """A problem as the service writes it."""
    body = {"type": f"urn:choreo:problem:{code}", "title": code, "detail": code, "request_id": "req_1", "errors": []}
    whole = body | {"status": status, "code": code, "retryable": retryable}
    return StubResponse(status, json.dumps(whole).encode(), PROBLEM + headers)


class StubServer(ThreadingHTTPServer):
    """Answers every request by `script` and records it."""

    daemon_threads = True

    def __init__(self, script: Script) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.script = script
        self.requests: list[RecordedRequest] = []
        self.closing = Event()

    def shutdown(self) -> None:
        """End the stalls, then the server."""
        self.closing.set()
        super().shutdown()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: StubServer

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        request = RecordedRequest(
            self.command, self.path, {name.lower(): value for name, value in self.headers.items()}
        )
        self.server.requests.append(request)
        reported = self.server.script(request)
        self.send_response_only(reported.status)
        for name, value in reported.headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reported.body) if reported.length is None else reported.length))
        self.end_headers()
        self.wfile.write(reported.body)
        self.wfile.flush()
        self.server.closing.wait(reported.stall)

    do_POST = do_PUT = do_DELETE = do_PATCH = do_GET

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing."""


@contextmanager
def serving(server: ThreadingHTTPServer) -> Generator[None]:
    """Run the server in a thread until the block ends."""
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def stub_server(*answers: StubResponse, script: Script | None = None) -> Generator[StubServer]:
    """A server on a free loopback port that gives these responses in turn, the last one repeatedly."""
    rest = list(answers)
    server = StubServer(script or (lambda _request: rest.pop(0) if len(rest) > 1 else rest[0]))
    with serving(server):
        try:
            yield server
        finally:
            server.closing.set()
