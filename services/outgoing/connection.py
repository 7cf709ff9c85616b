"""HTTP connections to a pinned address, with a deadline for the whole exchange."""

import http.client
import socket
import ssl
from collections.abc import Generator
from contextlib import contextmanager, suppress
from threading import Timer

from services.outgoing.guard import Target


class PinnedConnection(http.client.HTTPConnection):
    """Connects to the target's resolved address; TLS verifies the host name."""

    def __init__(self, target: Target, timeout: float, context: ssl.SSLContext | None) -> None:
        super().__init__(target.host, target.port, timeout=timeout)
        self._target = target
        self._context = context
        self.expired = False

    def connect(self) -> None:
        """Open the socket, with TLS for https. Raises OSError, and UnicodeError for a host that is no name for TLS."""
        self._target.host.encode("idna")  # otherwise the ssl module refuses it later and leaves its socket open
        self.sock = socket.create_connection((str(self._target.address), self._target.port), self.timeout)
        if self._context is not None:
            host = self._target.host
            wrapped = self._context.wrap_socket(self.sock, server_hostname=host, do_handshake_on_connect=False)
            self.sock = wrapped
            wrapped.do_handshake()

    def expire(self) -> None:
        """Shut the socket down; called from the deadline's thread."""
        self.expired = True
        if self.sock is not None:
            with suppress(OSError):
                socket.socket.shutdown(self.sock, socket.SHUT_RDWR)


def connect(target: Target, timeout: float, context: ssl.SSLContext | None) -> PinnedConnection:
    """An unopened connection to the target; `context` is the TLS context, by default the system's."""
    if target.scheme == "http":
        return PinnedConnection(target, timeout, None)
    return PinnedConnection(target, timeout, context or ssl.create_default_context())


def describe(error: Exception) -> str:
    """What went wrong in an exchange, without a byte of what the peer sent: it may be another protocol's banner."""
    if isinstance(error, ssl.SSLError):
        return f"TLS failed: {error.reason or type(error).__name__}"
    if isinstance(error, OSError):
        return f"{type(error).__name__}: {error.strerror or 'the connection was closed'}"
    if isinstance(error, http.client.HTTPException):
        return f"the answer is not HTTP, or its head is too long ({type(error).__name__})"
    return f"the request could not be sent ({type(error).__name__})"


@contextmanager
def deadline(connection: PinnedConnection, seconds: float) -> Generator[None]:
    """End the exchange after `seconds`. A socket timeout would restart with every received byte.

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
        raise TimeoutError  # a truncated response may parse: http.client accepts a stream that ends in the headers
