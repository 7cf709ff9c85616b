"""The identity of a demo run, in a file, so that the next start continues a run that was killed."""

import json
import secrets
import socket
from pathlib import Path
from typing import NamedTuple

from shared.files import write_atomically


class SavedRun(NamedTuple):
    """One run of the demo.

    `run` is part of the idempotency key of every request, so that a repeated request returns the first one's job.
    `port` is where webhooks are received; the requests contain it, so it must stay the same too.
    """

    file: Path
    run: str
    port: int

    def key(self, request: str) -> str:
        """The idempotency key of one request of this run."""
        return f"demo-{self.run}-{request}"

    def end(self) -> None:
        """Delete the file: the next start begins a new run."""
        self.file.unlink(missing_ok=True)


def continue_or_begin(file: Path) -> SavedRun:
    """The run that `file` describes, if its port is still free, else a new run, which is written there first."""
    if file.exists():
        saved = SavedRun(file, **json.loads(file.read_text(encoding="utf-8")))
        if _free_port(saved.port):
            return saved
    saved = SavedRun(file, secrets.token_hex(6), _free_port() or 0)
    write_atomically(file, json.dumps({"run": saved.run, "port": saved.port}, allow_nan=False))
    return saved


def _free_port(port: int = 0) -> int | None:
    """This port, or for 0 any, if it can be listened on."""
    try:
        with socket.create_server(("127.0.0.1", port)) as server:
            return server.getsockname()[1]
    except OSError:
        return None
