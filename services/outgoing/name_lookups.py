"""Bounded look-ups of host names: a fixed number of threads, a share of them for each tenant, one for each host."""

import ipaddress
import socket
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future
from threading import Condition, Thread

from services.outgoing.addresses import Address

MAX_PENDING = 64
"""Maximum number of concurrent look-ups, and so of threads. The system's resolver has no timeout of its own."""
MAX_PENDING_PER_OWNER = 8

Resolve = Callable[[str, int], list[str]]


class LookupFailed(Exception):
    """The host name did not resolve in time."""


def resolve(host: str, port: int) -> list[str]:
    """All addresses of a name, from the system's resolver. Raises `OSError`, and `ValueError` for an invalid name."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


class NameLookups:
    """Resolves host names in threads, each of which ends when the resolver answers.

    A caller waits at most `seconds`. While a look-up of a host is pending, other callers for that host wait for it, so
    that a name server that does not answer occupies one thread for each of its names, and at most
    `MAX_PENDING_PER_OWNER` for each owner.
    """

    def __init__(self, resolve: Resolve = resolve, *, seconds: float) -> None:
        self._resolve, self._seconds = resolve, seconds
        self._changed = Condition()
        self._pending: dict[tuple[str, int], Future[list[str]]] = {}
        self._pending_of: Counter[str] = Counter()

    def addresses(self, host: str, port: int, owner: str) -> list[Address]:
        """The addresses of a host, at least one. Raises LookupFailed."""
        until = time.monotonic() + self._seconds
        answer = self._pending_or_new(host, port, owner)
        if answer is None:
            raise LookupFailed(f"{host} was not looked up: too many look-ups of names are pending")
        try:
            found = answer.result(max(0.0, until - time.monotonic()))
            addresses = [ipaddress.ip_address(text.partition("%")[0]) for text in found]
        except (OSError, ValueError) as error:
            raise LookupFailed(f"{host} does not resolve") from error
        if not addresses:
            raise LookupFailed(f"{host} has no address")
        return addresses

    def _pending_or_new(self, host: str, port: int, owner: str) -> Future[list[str]] | None:
        """The look-up of this host; a new one as soon as there is room for it; None if that takes too long."""

        def can_go_on() -> bool:
            has_room = len(self._pending) < MAX_PENDING and self._pending_of[owner] < MAX_PENDING_PER_OWNER
            return (host, port) in self._pending or has_room

        with self._changed:
            if not self._changed.wait_for(can_go_on, self._seconds):
                return None
            answer = self._pending.get((host, port))
            if answer is None:
                answer = self._pending[host, port] = Future()
                self._pending_of[owner] += 1
                Thread(target=self._look_up, args=(answer, host, port, owner), name="resolve-host", daemon=True).start()
            return answer

    def _look_up(self, answer: Future[list[str]], host: str, port: int, owner: str) -> None:
        try:
            answer.set_result(self._resolve(host, port))
        except Exception as error:  # noqa: BLE001 - raised again where the answer is read
            answer.set_exception(error)
        with self._changed:
            del self._pending[host, port]
            self._pending_of[owner] -= 1
            if not self._pending_of[owner]:
                del self._pending_of[owner]
            self._changed.notify_all()
