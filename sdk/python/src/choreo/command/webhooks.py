"""`choreo webhooks`: receives webhooks on the local machine."""

import json
import queue
import threading
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Annotated, Any

import typer

from choreo import config
from choreo.command.session import Session, command
from choreo.errors import NotConfigured, WebhookRefused
from choreo.webhooks import WebhookMessage, verify

app = typer.Typer(no_args_is_help=True, help="Receive webhooks on this machine.")
MAX_BYTES = 1_000_000
"""50 times the maximum body of a webhook."""
Arrival = WebhookMessage | WebhookRefused
Secret = Annotated[
    str | None,
    typer.Option(envvar=config.WEBHOOK_SECRET, help="The secret, whsec_...", show_default="the local service's"),
]


@command(app, "listen")
def listen(
    session: Session,
    secret: Secret = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 is any free one.")] = 8090,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    count: Annotated[
        int | None, typer.Option(min=1, help="End after so many valid ones.", show_default="never")
    ] = None,
) -> None:
    """Receives webhooks, verifies each signature and prints the messages; Ctrl-C ends it.

    Pass the printed URL as --webhook-url of a job. Invalid messages get status 401 and are shown as refused.
    """
    with arrivals(secret or _local_secret(session), host, port) as (url, arrived):
        session.out.people.print(f"listening on {url}", markup=False)
        num_valid = 0
        while count is None or num_valid < count:
            arrival = arrived.get()
            num_valid += isinstance(arrival, WebhookMessage)
            _show(session, arrival)


def _local_secret(session: Session) -> str:
    found = session.config().webhook_secret
    if found is None:
        raise NotConfigured(f"no secret to verify signatures with: pass --secret or {config.WEBHOOK_SECRET}")
    return found


@contextmanager
def arrivals(secret: str, host: str, port: int) -> Generator[tuple[str, "queue.Queue[Arrival]"]]:
    """A receiver that runs until the block ends: its URL and the received messages.

    Raises:
        NotConfigured: the port is taken, or the address is not this machine's.
    """
    arrived: queue.Queue[Arrival] = queue.Queue()
    try:
        server = ThreadingHTTPServer((host, port), _handler(secret, arrived))
    except OSError as error:
        raise NotConfigured(f"cannot listen on {host}:{port}: {error.strerror}") from error
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://{host}:{server.server_port}/", arrived
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(secret: str, arrived: "queue.Queue[Arrival]") -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            declared = self.headers.get("Content-Length", "")
            size = int(declared) if declared.isdecimal() else MAX_BYTES + 1
            arrival = _checked(self.rfile.read(size), dict(self.headers), secret) if size <= MAX_BYTES else None
            self.send_response(413 if arrival is None else 204 if isinstance(arrival, WebhookMessage) else 401)
            self.send_header("Content-Length", "0")
            self.end_headers()
            arrived.put(arrival or WebhookRefused("the body has no Content-Length or is too long"))

        def log_message(self, format: str, *args: Any) -> None:
            """Suppress the server's log lines; messages are printed once."""

    return Handler


def _checked(payload: bytes, headers: dict[str, str], secret: str) -> Arrival:
    try:
        return verify(payload, headers, secret)
    except WebhookRefused as error:
        return error


def _show(session: Session, arrival: Arrival) -> None:
    match arrival:
        case WebhookMessage(id=id, type=type, timestamp=at, data=data) if session.out.as_json:
            stamp = at.astimezone(UTC).isoformat()
            session.out.json({"verified": True, "id": id, "type": type, "timestamp": stamp, "data": data}, line=True)
        case WebhookMessage():
            text = json.dumps(arrival.data, ensure_ascii=False, allow_nan=False)
            session.out.say(f"{arrival.timestamp.astimezone():%H:%M:%S} {arrival.type} {arrival.id}\n  {text}")
        case _ if session.out.as_json:
            session.out.json({"verified": False, "reason": str(arrival)}, line=True)
        case _:
            session.out.say(f"refused: {arrival}")
