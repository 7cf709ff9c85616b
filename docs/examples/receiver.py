"""A webhook receiver. It verifies the signature of each message, and drops messages older than the known state.

CHOREO_WEBHOOK_SECRET=whsec_... python docs/examples/receiver.py 8091
"""

import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock

from choreo import WebhookRefused, webhooks

SECRET = os.environ["CHOREO_WEBHOOK_SECRET"]
MAX_BYTES = 20_000  # the service sends no larger body


class Jobs:
    """The newest `state_seq` of each job. In production this is a table, and the comparison is part of its UPDATE."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._newest: dict[str, int] = {}

    def is_newer(self, job_id: str, state_seq: int) -> bool:
        """Whether the message is newer than the known state. Retries and reordering deliver messages late or twice."""
        with self._lock:
            known = self._newest.get(job_id, 0)
            self._newest[job_id] = max(known, state_seq)
            return state_seq > known


class Handler(BaseHTTPRequestHandler):
    """Responds before any processing: the service waits at most 15 seconds for the response."""

    jobs = Jobs()

    def do_POST(self) -> None:
        size = int(self.headers.get("Content-Length", 0))
        try:
            message = webhooks.verify(self.rfile.read(min(size, MAX_BYTES)), dict(self.headers), SECRET)
        except WebhookRefused as error:
            print(f"refused: {error}", flush=True)
            self._answer(401)
            return
        self._answer(204)  # also for stale messages: after an error status they are sent again
        job = message.data
        if "state_seq" not in job:
            print(message.type, flush=True)
        elif self.jobs.is_newer(job["id"], job["state_seq"]):
            print(f"{message.type} {job['id']} {job['state_seq']}", flush=True)
        else:
            print(f"stale {job['id']} {job['state_seq']}", flush=True)

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Disables the access log."""


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler)
    print(f"listening on http://127.0.0.1:{server.server_port}/", flush=True)
    server.serve_forever()
