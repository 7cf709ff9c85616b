"""One HTTP POST to one pinned address: no redirects, no proxy, no second look-up, over within a deadline."""

import http.client
import socket
import ssl
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from threading import Timer
from typing import NamedTuple

from services.webhooks.guard import Target


class Answer(NamedTuple):
    """How one attempt ended: a status, or none and what went wrong."""

    status: int | None
    error: str | None = None
    retry_after: str | None = None
    """The header, as sent."""
    final: bool = False
    """Whether trying again could only end the same way."""

    @property
    def delivered(self) -> bool:
        """Only 2xx is success; a redirect is not followed and so is a failure."""
        return self.status is not None and 200 <= self.status < 300


def post(
    target: Target, body: bytes, headers: Mapping[str, str], *, timeout: float, context: ssl.SSLContext | None = None
) -> Answer:
    """Sends the body and reads the answer's head. `timeout`, in seconds, bounds the whole exchange."""
    connection = _connection(target, timeout, context)
    fields = {"Host": target.host_header, "Content-Length": str(len(body)), "Connection": "close", **headers}
    try:
        with _deadline(connection, timeout):
            connection.request("POST", target.path, body, fields)
            response = connection.getresponse()
        return Answer(response.status, retry_after=response.getheader("Retry-After"))
    except TimeoutError:
        return Answer(None, f"no answer within {timeout:g} s")
    except ssl.SSLError as error:
        return Answer(None, f"TLS failed: {error.reason or error}")
    except (OSError, http.client.HTTPException) as error:
        return Answer(None, f"{type(error).__name__}: {error}"[:200])
    finally:
        connection.close()


def seconds_asked(retry_after: str | None, now: datetime) -> float | None:
    """What a Retry-After header asks for, in seconds: a number or an HTTP date (RFC 9110 section 10.2.3)."""
    if retry_after is None:
        return None
    if retry_after.strip().isdigit():
        return float(retry_after)
    try:
        moment = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds())


class _PinnedConnection(http.client.HTTPConnection):
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


def _connection(target: Target, timeout: float, context: ssl.SSLContext | None) -> _PinnedConnection:
    if target.scheme == "http":
        return _PinnedConnection(target, timeout, None)
    return _PinnedConnection(target, timeout, context or ssl.create_default_context())


@contextmanager
def _deadline(connection: _PinnedConnection, seconds: float) -> Generator[None]:
    """A socket's timeout starts again with every byte; this one does not."""
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
