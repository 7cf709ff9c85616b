"""A minimal HTTP server for a directory store: its signed URLs without the API."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, unquote, urlsplit

from services.storage.directory import DirectoryStore
from services.storage.port import StorageError
from services.storage.signing import ROUTE, Grant
from tests.stub_server import serving


class _Handler(BaseHTTPRequestHandler):
    server: "_Server"

    def do_GET(self) -> None:
        self._answer(lambda grant: self.server.store.read(grant.key))

    def do_PUT(self) -> None:
        self._answer(self._take)

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing."""

    def _take(self, grant: Grant) -> bytes:
        with self.server.store.writing(grant.key, size=grant.size or 0) as write:
            write(self.rfile.read(int(self.headers["Content-Length"])))
        return b""

    def _answer(self, act) -> None:
        parts = urlsplit(self.path)
        key, query = unquote(parts.path.removeprefix(ROUTE)), dict(parse_qsl(parts.query))
        try:
            status, body = 200, act(self.server.store.signer.verify(self.command, key, query))
        except StorageError as error:
            status, body = error.status, b""
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class _Server(ThreadingHTTPServer):
    store: DirectoryStore


@contextmanager
def listening() -> Iterator[_Server]:
    """A server on a free port; give it its `store` before the first request."""
    server = _Server(("127.0.0.1", 0), _Handler)
    with serving(server):
        yield server
