"""The HTTP server: uvicorn with a bound on connections and deadlines for what callers send and read.

A request's head and body have to arrive in time, at a rate that no real connection is below (as in Apache's
`mod_reqtimeout`); what a caller does not read has to be read in time. Else the connection is closed.
"""

import asyncio
import resource
from typing import Any, Literal, cast

import h11
import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from api.errors import PROBLEM_MEDIA_TYPE, connection_problem

HEAD_SECONDS = 10.0
"""From the first byte of a request, or the start of the connection, to the end of its head."""
BODY_SECONDS = 20.0
BODY_BYTES_PER_SECOND = 16 * 2**10
"""A body has `BODY_SECONDS`, and a second more for each so many bytes of it."""
LINGER_SECONDS = 2.0
"""For a caller that goes on with a body after the response: it could not read the response if the connection ended."""
WRITE_SECONDS = 60.0
"""For a caller to read what it was sent."""
_RESERVED_FILES = 256
"""File descriptors that are not for connections: database, storage, files."""

Awaited = Literal["head", "body", "end", "nothing"]


class BoundedProtocol(H11Protocol):
    """A connection with deadlines; one too many is refused."""

    max_connections = 0
    """0: as many as there are."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._awaited: Awaited = "nothing"
        self._until = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._write_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """See `asyncio.Protocol`."""
        super().connection_made(transport)
        if self.max_connections and len(self.connections) > self.max_connections:
            self._refuse(503, "unavailable", "There are too many connections; try again.")
            return
        self._await("head", HEAD_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        """See `asyncio.Protocol`."""
        for timer in (self._timer, self._write_timer):
            if timer is not None:
                timer.cancel()
        self._timer = self._write_timer = None
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """See `asyncio.Protocol`."""
        if self.transport.is_closing():
            return
        super().data_received(data)
        self._look(len(data))

    def on_response_complete(self) -> None:
        """The response is sent; the next request may follow, or the rest of an unread body."""
        super().on_response_complete()
        if self.conn.their_state is h11.SEND_BODY:
            self._await("end", LINGER_SECONDS)
        else:
            self._look(0)

    def pause_writing(self) -> None:
        """See `asyncio.Protocol`."""
        super().pause_writing()
        self._write_timer = self.loop.call_later(WRITE_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        """See `asyncio.Protocol`."""
        super().resume_writing()
        if self._write_timer is not None:
            self._write_timer.cancel()
            self._write_timer = None

    def _look(self, num_bytes: int) -> None:
        """Decide what is awaited after so many bytes more."""
        state = self.conn.their_state
        if self._awaited == "end" and state is h11.SEND_BODY:
            return
        if state is h11.SEND_BODY:
            if self._awaited != "body":
                self._await("body", BODY_SECONDS)
            self._until += num_bytes / BODY_BYTES_PER_SECOND
        elif state is h11.IDLE and num_bytes:
            if self._awaited != "head":
                self._await("head", HEAD_SECONDS)
        else:
            self._await("nothing", 0)  # uvicorn closes a connection that is idle between two requests

    def _await(self, what: Awaited, seconds: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._awaited = what
        if what != "nothing":
            self._until = self.loop.time() + seconds
            self._timer = self.loop.call_at(self._until, self._expire)

    def _expire(self) -> None:
        if self._awaited == "body" and self.flow.read_paused:  # it is the service that does not read
            self._until = self.loop.time() + BODY_SECONDS
        if self.loop.time() < self._until - 0.01:
            self._timer = self.loop.call_at(self._until, self._expire)
            return
        if self._awaited == "end" or self.transport.is_closing():
            self.transport.close()
            return
        self._refuse(408, "request_timeout", "The request did not arrive in time.")

    def _refuse(self, status: int, code: str, detail: str) -> None:
        """Send a problem, unless a response has begun, and close the connection."""
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            body = connection_problem(status, code, detail)
            headers = [
                ("content-type", PROBLEM_MEDIA_TYPE),
                ("content-length", str(len(body))),
                ("connection", "close"),
            ]
            headers += [("retry-after", "5")] if status == 503 else []
            response = h11.Response(status_code=status, headers=headers, reason="")
            parts = (self.conn.send(event) for event in (response, h11.Data(data=body), h11.EndOfMessage()))
            self.transport.write(b"".join(part or b"" for part in parts))
        cycle = cast("RequestResponseCycle | None", self.cycle)  # None before the first request, despite its annotation
        if cycle is not None:
            cycle.disconnected = True
            cycle.message_event.set()
        self.transport.close()


def configure(app: FastAPI, *, max_connections: int, shutdown_seconds: int) -> uvicorn.Config:
    """The configuration of a server of `app`, which logs no requests.

    Addresses in responses are made from the public URL, so that no header of a proxy is trusted.
    """
    protocol = type("Protocol", (BoundedProtocol,), {"max_connections": _possible(max_connections)})
    return uvicorn.Config(
        app,
        http=protocol,
        ws="none",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        timeout_graceful_shutdown=shutdown_seconds,
    )


def _possible(max_connections: int) -> int:
    """The number of connections for which there are file descriptors, after the soft limit was raised to the hard."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = max_connections + _RESERVED_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return max_connections if soft == resource.RLIM_INFINITY else max(1, min(max_connections, soft - _RESERVED_FILES))
