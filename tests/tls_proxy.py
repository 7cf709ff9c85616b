"""A reverse proxy as operators run one: it ends TLS, and serves the service below a path, which it removes or not."""

import http.client
import ssl
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

_HOP_BY_HOP = {"connection", "transfer-encoding", "keep-alive"}


class TlsProxy(ThreadingHTTPServer):
    """Forwards requests below `prefix` to the port `upstream` of this machine, in plain HTTP."""

    daemon_threads = True

    def __init__(self, *, prefix: str, strips: bool) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.prefix, self.strips = prefix, strips
        self.upstream = 0

    @property
    def url(self) -> str:
        """The public URL of the service."""
        return f"https://localhost:{self.server_port}{self.prefix}"


class _Handler(BaseHTTPRequestHandler):
    server: TlsProxy
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if not self.path.startswith(f"{self.server.prefix}/"):
            self.send_error(404, "not below the prefix")
            return
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        path = self.path.removeprefix(self.server.prefix) if self.server.strips else self.path
        upstream = http.client.HTTPConnection("127.0.0.1", self.server.upstream, timeout=30)
        headers = {name: value for name, value in self.headers.items() if name.lower() not in _HOP_BY_HOP}
        headers["Host"] = "internal:8080"  # a proxy that does not keep it
        upstream.request(self.command, path, body or None, headers)
        response = upstream.getresponse()
        self.send_response(response.status)
        for name, value in response.getheaders():
            if name.lower() not in _HOP_BY_HOP:
                self.send_header(name, value)
        self.send_header("Connection", "close")
        self.end_headers()
        while part := response.read1(65536):
            self.wfile.write(part)
            self.wfile.flush()
        self.close_connection = True
        upstream.close()

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing."""


@contextmanager
def tls_proxy(folder: Path, *, prefix: str, strips: bool) -> Generator[tuple[TlsProxy, ssl.SSLContext]]:
    """A running proxy, and the context of a client that trusts its certificate."""
    served, trusted = certificate(folder, "localhost")
    proxy = TlsProxy(prefix=prefix, strips=strips)
    proxy.socket = served.wrap_socket(proxy.socket, server_side=True)
    thread = Thread(target=proxy.serve_forever, name="tls-proxy", daemon=True)
    thread.start()
    try:
        yield proxy, trusted
    finally:
        proxy.shutdown()
        thread.join(10)
        proxy.server_close()


def certificate(folder: Path, name: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's context with a self-signed certificate for `name`, and a client's that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)  # noqa: TID251 - TLS looks at the real clock
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "server.pem").write_bytes(private + made.public_bytes(pem))
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    served.load_cert_chain(folder / "server.pem")
    return served, ssl.create_default_context(cadata=made.public_bytes(pem).decode())
