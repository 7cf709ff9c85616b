"""A product backend's half of the webhooks: an endpoint that checks each signature before it believes a word."""

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self, cast

from standardwebhooks.webhooks import Webhook, WebhookVerificationError


class Delivery(NamedTuple):
    """One webhook as it arrived: its id, its parsed body, and whether its signature held."""

    webhook_id: str
    body: dict[str, Any]
    verified: bool


class Receiver:
    """Listens on a port of this machine and keeps what arrives, also in a file if told so.

    Use it as a context manager; `url` is where webhooks should be sent.
    """

    def __init__(self, secret: str, *, port: int = 0, log: Path | None = None) -> None:
        """`secret` is the tenant's signing secret (`whsec_...`), `log` a file of JSON lines from which it goes on.

        Raises:
            OSError: the port is taken.
        """
        self._webhook = Webhook(secret)
        self._log = log
        self._deliveries = _read(log) if log and log.exists() else []
        self._changed = threading.Condition()
        self._server = ThreadingHTTPServer(("127.0.0.1", port), _handler(self._receive))
        self._thread = threading.Thread(target=self._server.serve_forever, name="webhook-receiver", daemon=True)

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self._server.server_address[1]

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}/hooks"

    @property
    def deliveries(self) -> tuple[Delivery, ...]:
        """All that arrived so far, in order."""
        with self._changed:
            return tuple(self._deliveries)

    def wait(self, wanted: Callable[[Delivery], bool], timeout: float) -> Delivery | None:
        """The first delivery that satisfies `wanted`, or None if none has come after `timeout` seconds."""
        with self._changed:
            self._changed.wait_for(lambda: any(map(wanted, self._deliveries)), timeout)
            return next(filter(wanted, self._deliveries), None)

    def wait_for_job(self, job_id: str, kind: str, timeout: float) -> Delivery | None:
        """The first verified delivery of type `kind` about this job, or None after `timeout` seconds."""

        def wanted(delivery: Delivery) -> bool:
            body = delivery.body
            return delivery.verified and body.get("type") == kind and body["data"]["id"] == job_id

        return self.wait(wanted, timeout)

    def _receive(self, headers: dict[str, str], payload: bytes) -> bool:
        delivery = Delivery(headers.get("webhook-id", ""), _parsed(payload), self._holds(headers, payload))
        with self._changed:
            self._deliveries.append(delivery)
            if self._log:
                with self._log.open("a", encoding="utf-8") as log:
                    log.write(json.dumps(delivery._asdict()) + "\n")
            self._changed.notify_all()
        return delivery.verified

    def _holds(self, headers: dict[str, str], payload: bytes) -> bool:
        try:
            self._webhook.verify(payload, headers)
        except WebhookVerificationError:
            return False
        return True

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
            break  # a killed process may leave half a line, and nothing after it
    return deliveries


def _parsed(payload: bytes) -> dict[str, Any]:
    try:
        body = json.loads(payload)
    except ValueError:
        return {}
    return cast(dict[str, Any], body) if isinstance(body, dict) else {}


def _handler(receive: Callable[[dict[str, str], bytes], bool]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            payload = self.rfile.read(int(self.headers.get("content-length", 0)))
            verified = receive({name.lower(): value for name, value in self.headers.items()}, payload)
            self.send_response(204 if verified else 401)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Keep quiet: the demo owns the terminal."""

    return Handler
