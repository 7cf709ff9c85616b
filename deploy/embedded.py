"""Choreo on one machine in one process: the HTTP service, the relay, the sweep, the deliveries and a Celery worker.

The same code as in production with other settings: SQLite, a folder for storage, a broker in memory, which a start
refills from SQL. Torch lives in the engine, a child process. Ctrl-C ends everything that it started, and nothing else.
"""

import argparse
import logging
import os
import signal
import socket
import sys
import threading
from pathlib import Path

from deploy.access import Access, last_port
from deploy.folder import settings_for
from deploy.lock import AlreadyRunning, FolderLock
from deploy.services import Services
from shared import sockets

HOST = "127.0.0.1"
PORT = 8080
PORTS_TRIED = 100
PARENT_CHECK_SECONDS = 0.5


class NoFreePort(RuntimeError):
    """Nothing could be listened on."""


def main() -> int:
    """Run until Ctrl-C, SIGTERM or, if asked for, the end of the parent; the status says whether it came up."""
    options = _parse()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    folder: Path = options.data_dir
    folder.mkdir(parents=True, exist_ok=True)
    ended = _ended_by_signals()
    try:
        lock = FolderLock(folder, wait=options.wait)
        listener = listen(options.port, last_port(folder))
    except (AlreadyRunning, NoFreePort) as error:
        print(error, file=sys.stderr)
        return 1
    base_url = f"http://{HOST}:{listener.getsockname()[1]}"
    lock.write(pid=os.getpid(), url=base_url)
    settings = settings_for(folder.resolve(), base_url, dict(options.base or ()))
    _serve(Services(settings, folder.resolve()), listener, ended, options.with_parent)
    lock.release()
    return 0


def listen(port: int | None, last: int | None = None) -> socket.socket:
    """A listening socket on `port`; without one on the `last` port if it is free, so that addresses which were handed
    out go on to work, or else on the first free one from 8080 on.

    Raises:
        NoFreePort: that port, or all that were tried, are taken.
    """
    candidates = [last or PORT, *range(PORT, PORT + PORTS_TRIED)] if port is None else [port]
    for candidate in candidates:
        try:
            return sockets.listen(HOST, candidate)
        except OSError:
            continue
    raise NoFreePort(f"port {candidates[0]} is taken" if port else f"no free port from {PORT} on")


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m deploy.embedded", description=__doc__)
    parser.add_argument("--data-dir", type=Path, default=Path(".choreo"), help="where everything is kept (.choreo)")
    parser.add_argument("--port", type=int, help=f"the port to listen on ({PORT}, or the next free one)")
    parser.add_argument(
        "--base", type=_base, action="append", metavar="ID=DIR", help="a base model to offer (the bundled one)"
    )
    parser.add_argument(
        "--wait", type=float, default=0.0, help="seconds to wait for another stack on the folder to end"
    )
    parser.add_argument("--with-parent", type=int, metavar="PID", help="end when this parent process does")
    return parser.parse_args()


def _base(text: str) -> tuple[str, Path]:
    id, separator, folder = text.partition("=")
    if not separator or not Path(folder).is_dir():
        raise argparse.ArgumentTypeError(f"{text!r} is not ID=DIR with an existing folder")
    return id, Path(folder).resolve()


def _ended_by_signals() -> threading.Event:
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: ended.set())
    return ended


def _serve(services: Services, listener: socket.socket, ended: threading.Event, parent: int | None) -> None:
    try:
        access = services.start(listener)
        print(_welcome(access), flush=True)
        while not ended.wait(PARENT_CHECK_SECONDS):
            if parent is not None and os.getppid() != parent:
                break
    finally:
        services.stop()


def _welcome(access: Access) -> str:
    return f"""
Choreo is running.

  base URL   {access.base_url}
  API key    {access.api_key}
  API docs   {access.base_url}/docs
  console    {access.base_url}/console#key={access.api_key}

Ctrl-C ends it.
"""


if __name__ == "__main__":
    sys.exit(main())
