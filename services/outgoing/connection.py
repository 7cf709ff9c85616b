"""A connection to one pinned address, over within a deadline."""

import http.client
import socket
import ssl
from collections.abc import Generator
from contextlib import contextmanager, suppress
from threading import Timer

from services.outgoing.guard import Target


class PinnedConnection(http.client.HTTPConnection):
    """Connects to the target's address whatever its name now resolves to; TLS still proves the name."""

    def __init__(self, target: Target, timeout: float, context: ssl.SSLContext | None) -> None:
        super().__init__(target.host, target.port, timeout=timeout)
        self._target = target
        self._context = context
        self.expired = False

    def connect(self) -> None:
        """Opens the socket, and TLS over it for https."""
        self.sock = socket.create_connection((str(self._target.address), self._target.port), self.timeout)
        if self._context is not None:
            host = self._target.host
            wrapped = self._context.wrap_socket(self.sock, server_hostname=host, do_handshake_on_connect=False)
            self.sock = wrapped
            wrapped.do_handshake()

    def expire(self) -> None:
        """Ends whatever the socket is waiting for; called from the deadline's thread."""
        self.expired = True
        if self.sock is not None:
            with suppress(OSError):
                socket.socket.shutdown(self.sock, socket.SHUT_RDWR)


def connect(target: Target, timeout: float, context: ssl.SSLContext | None) -> PinnedConnection:
    """A connection to the target, not opened yet; `context` is for https, the system's when left out."""
    if target.scheme == "http":
        return PinnedConnection(target, timeout, None)
    return PinnedConnection(target, timeout, context or ssl.create_default_context())


@contextmanager
def deadline(connection: PinnedConnection, seconds: float) -> Generator[None]:
    """End the exchange after so many seconds: a socket's own timeout starts again with every byte.

    Raises TimeoutError.
    """
    timer = Timer(seconds, connection.expire)
    timer.daemon = True
    timer.start()
    try:
        yield
    except (OSError, http.client.HTTPException):
        if not connection.expired:
            raise
    finally:
        timer.cancel()
    if connection.expired:
        raise TimeoutError  # a cut answer may still parse: http.client takes the end of a stream for the end of headers
