"""A webhook receiver: it believes only what is signed, and drops what is older than what it knows.

CHOREO_WEBHOOK_SECRET=whsec_... python docs/examples/receiver.py 8091
"""

import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock

from choreo import WebhookRefused, webhooks

SECRET = os.environ["CHOREO_WEBHOOK_SECRET"]
MAX_BYTES = 20_000  # no webhook is larger


class Jobs:
    """The newest state of each job. In a real backend this is a table, and the comparison is part of its UPDATE."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._newest: dict[str, int] = {}

    def is_news(self, job_id: str, state_seq: int) -> bool:
        """Whether this is newer than what is known; retries and reordering make old news arrive late, or twice."""
        with self._lock:
            known = self._newest.get(job_id, 0)
            self._newest[job_id] = max(known, state_seq)
            return state_seq > known


class Handler(BaseHTTPRequestHandler):
    """Answers within the service's 15 seconds, and before any work is done."""

    jobs = Jobs()

    def do_POST(self) -> None:
        size = int(self.headers.get("Content-Length", 0))
        try:
            message = webhooks.verify(self.rfile.read(min(size, MAX_BYTES)), dict(self.headers), SECRET)
        except WebhookRefused as error:
            print(f"refused: {error}", flush=True)
            self._answer(401)
            return
        self._answer(204)  # what is stale was delivered all the same: another answer would have it sent again
        job = message.data
        if "state_seq" not in job:
            print(message.type, flush=True)
        elif self.jobs.is_news(job["id"], job["state_seq"]):
            print(f"{message.type} {job['id']} {job['state_seq']}", flush=True)
        else:
            print(f"stale {job['id']} {job['state_seq']}", flush=True)

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing: what matters is printed."""


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler)
    print(f"listening on http://127.0.0.1:{server.server_port}/", flush=True)
    server.serve_forever()
