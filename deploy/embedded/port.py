"""The port of the embedded service."""

import socket

from shared import sockets

HOST = "127.0.0.1"
PORT = 8080
PORTS_TRIED = 100


class NoFreePort(RuntimeError):
    """The port that was asked for, or every port that was tried, is taken."""


def listen(port: int | None, last: int | None = None) -> socket.socket:
    """A listening socket on `port`; for None on the `last` port, or else on the first free one from 8080 on.

    The last port comes first because upload and download URLs that an earlier start signed contain it.

    Raises:
        NoFreePort: that port, or every port that was tried, is taken.
    """
    candidates = [last or PORT, *range(PORT, PORT + PORTS_TRIED)] if port is None else [port]
    for candidate in candidates:
        try:
            return sockets.listen(HOST, candidate)
        except OSError:
            continue
    raise NoFreePort(f"port {candidates[0]} is taken" if port else f"no free port from {PORT} on")
