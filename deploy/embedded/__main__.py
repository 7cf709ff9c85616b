"""Choreo on one machine in one process: the HTTP API, the relay, the sweep, webhook delivery and a Celery worker.

The code is that of production with other settings: SQLite, a folder as object storage, and a broker in memory, which
each start refills from the database. PyTorch runs in the engines, which are child processes. Ctrl-C ends them all.
"""

import argparse
import logging
import os
import signal
import socket
import sys
import threading
from contextlib import closing
from pathlib import Path

from deploy.embedded.credentials import Credentials, last_port
from deploy.embedded.folder_lock import AlreadyRunning, FolderLock
from deploy.embedded.port import HOST, PORT, NoFreePort, listen
from deploy.embedded.services import EmbeddedService
from deploy.embedded.settings import settings_for
from shared import confinement
from shared.errors import ConfigurationError
from shared.files import make_private
from shared.program import exit_after

PARENT_CHECK_SECONDS = 0.5


def main() -> int:
    """Run until Ctrl-C, SIGTERM or, with --with-parent, the parent's end. Returns the exit status.

    Raises:
        ConfigurationError: the settings are wrong, or the data folder cannot be used.
    """
    options = _parse()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    confinement.hide()
    folder: Path = options.data_dir
    ended = _ended_by_signals()
    os.umask(0o077)
    try:
        make_private(folder)
        lock = FolderLock(folder, wait=options.wait)
        listener = listen(options.port, last_port(folder))
    except (AlreadyRunning, NoFreePort) as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        raise ConfigurationError(f"--data-dir: {error}") from error
    logging.getLogger(__name__).info(confinement.summary())
    with closing(listener), lock:
        base_url = f"http://{HOST}:{listener.getsockname()[1]}"
        lock.write(pid=os.getpid(), url=base_url)
        settings = settings_for(folder.resolve(), base_url, dict(options.base or ()))
        _serve(EmbeddedService(settings, folder.resolve()), listener, ended, options.with_parent)
    return 0


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m deploy.embedded", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--data-dir", type=Path, default=Path(".choreo"), help="folder of database, storage and credentials (.choreo)"
    )
    parser.add_argument("--port", type=_port, help=f"port to listen on (the last one, {PORT}, or the next free one)")
    parser.add_argument(
        "--base", type=_base, action="append", metavar="ID=DIR", help="a base model to serve (the bundled one)"
    )
    parser.add_argument("--wait", type=float, default=0.0, help="seconds to wait for the data folder's lock (0)")
    parser.add_argument("--with-parent", type=int, metavar="PID", help="end when this parent process ends")
    return parser.parse_args()


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port, 0 to 65535")
    return int(text)


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


def _serve(service: EmbeddedService, listener: socket.socket, ended: threading.Event, parent: int | None) -> None:
    try:
        print(_welcome(service.start(listener)), flush=True)
        while not ended.wait(PARENT_CHECK_SECONDS):
            if parent is not None and os.getppid() != parent:
                break
    finally:
        service.stop()


def _welcome(credentials: Credentials) -> str:
    return f"""
Choreo is running.

  base URL   {credentials.base_url}
  API key    {credentials.api_key}
  API docs   {credentials.base_url}/docs
  console    {credentials.base_url}/console#key={credentials.api_key}

Ctrl-C ends it.
"""


if __name__ == "__main__":
    exit_after(main)
