"""What one walk of the demo remembers, so that the next one continues it after a kill or starts afresh after an end."""

import json
import os
import secrets
import socket
from pathlib import Path
from typing import NamedTuple


class Walk(NamedTuple):
    """A walk through the demo.

    `run` names its requests, so that repeating one replays its first answer; `port` is where its webhooks go,
    which is part of those requests.
    """

    file: Path
    run: str
    port: int

    def key(self, what: str) -> str:
        """The idempotency key of one request of this walk."""
        return f"demo-{self.run}-{what}"

    def end(self) -> None:
        """Forget the walk: the next one starts afresh."""
        self.file.unlink(missing_ok=True)


def begin_or_continue(file: Path) -> Walk:
    """The walk that a killed demo left in `file`, if its port is still free, or a new one that is noted there first."""
    if file.exists():
        walk = Walk(file, **json.loads(file.read_text(encoding="utf-8")))
        if _is_free(walk.port):
            return walk
    walk = Walk(file, secrets.token_hex(6), _free_port())
    write_whole(file, json.dumps({"run": walk.run, "port": walk.port}))
    return walk


def write_whole(file: Path, text: str, *, mode: int = 0o644) -> None:
    """Write a file so that a reader, or a process that starts after a kill, sees all of it or none."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    draft.touch(mode=mode)
    draft.write_text(text, encoding="utf-8")
    draft.replace(file)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def _is_free(port: int) -> bool:
    try:
        with socket.create_server(("127.0.0.1", port)):
            return True
    except OSError:
        return False
