"""An HTTP endpoint that receives webhooks, verifies their signatures and stores them."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self, cast

from choreo import WebhookRefused, webhooks


class Delivery(NamedTuple):
    """One received webhook: its id, its body (empty unless a JSON object), and whether its signature is valid."""

    webhook_id: str
    body: dict[str, Any]
    verified: bool


class WebhookReceiver:
    """Listens on a port of this machine; stores webhooks in memory and, with `log`, in a file.

    Use it as a context manager; `url` is the address for webhooks.
    """

    def __init__(self, secret: str, *, port: int = 0, log: Path | None = None) -> None:
        """`secret` is the tenant's signing secret (`whsec_...`). `log` is a file of JSON lines; its webhooks are kept.

        Raises:
            OSError: the port is taken.
        """
        self._secret, self._log = secret, log
        self._deliveries = _read(log) if log and log.exists() else []
        self._changed = threading.Condition()
        self._server = ThreadingHTTPServer(("127.0.0.1", port), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, name="webhook-receiver", daemon=True)

    @property
    def url(self) -> str:
        """The address for webhooks."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/hooks"

    @property
    def deliveries(self) -> tuple[Delivery, ...]:
        """All webhooks so far, in order of arrival."""
        with self._changed:
            return tuple(self._deliveries)

    def wait_for_job(self, job_id: str, kind: str, timeout: float) -> Delivery | None:
        """The first verified webhook of type `kind` about this job, or None after `timeout` seconds without one."""

        def found() -> Delivery | None:
            verified = (delivery for delivery in self._deliveries if delivery.verified)
            wanted = (kind, job_id)  # a concept.version.created has no id
            return next((one for one in verified if (one.body["type"], one.body["data"].get("id")) == wanted), None)

        with self._changed:
            return self._changed.wait_for(found, timeout)

    def receive(self, headers: dict[str, str], payload: bytes) -> bool:
        """Store a webhook; whether its signature is valid."""
        try:
            webhooks.verify(payload, headers, self._secret)
            verified = True
        except WebhookRefused:
            verified = False
        delivery = Delivery(headers.get("webhook-id", ""), _parsed(payload), verified)
        with self._changed:
            self._deliveries.append(delivery)
            if self._log:
                with self._log.open("a", encoding="utf-8") as log:
                    log.write(json.dumps(delivery._asdict(), allow_nan=False) + "\n")
            self._changed.notify_all()
        return verified

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _read(log: Path) -> list[Delivery]:
    deliveries: list[Delivery] = []
    for line in log.read_text(encoding="utf-8").splitlines():
        try:
            deliveries.append(Delivery(**json.loads(line)))
        except ValueError:
            break  # a killed process may leave half a line as the last one
    return deliveries


def _parsed(payload: bytes) -> dict[str, Any]:
    try:
        body: Any = json.loads(payload)
    except ValueError:
        return {}
    return cast("dict[str, Any]", body) if isinstance(body, dict) else {}


def _handler(receiver: WebhookReceiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            payload = self.rfile.read(int(self.headers.get("content-length", 0)))
            verified = receiver.receive({name.lower(): value for name, value in self.headers.items()}, payload)
            self.send_response(204 if verified else 401)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Log nothing: the demo writes to this terminal."""

    return Handler
