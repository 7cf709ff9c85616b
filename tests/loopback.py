"""Blocks connections to other hosts: an audit hook that no library can bypass."""

import ipaddress
import socket
import sys
from contextlib import suppress
from typing import Any

LOCAL_NAMES = {None, "", b"", "localhost", b"localhost", socket.gethostname(), "0.0.0.0"}


class LeftTheMachine(RuntimeError):
    """A test tried to reach another host."""


def enforce() -> None:
    """Refuse connections, datagrams and name look-ups that leave loopback, for the rest of this process."""
    sys.addaudithook(_audit)


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.getaddrinfo":
        _check(arguments[0], looked_up=True)
    elif event in {"socket.connect", "socket.sendto"} and isinstance(arguments[1], tuple):
        _check(arguments[1][0])


def _check(host: str | bytes | None, *, looked_up: bool = False) -> None:
    if host in LOCAL_NAMES:
        return
    name = host.decode() if isinstance(host, bytes) else str(host)
    address = _address(name.partition("%")[0])
    harmless = name.endswith(".localhost") if address is None else looked_up or address.is_loopback
    if not harmless:
        raise LeftTheMachine(f"tests stay on loopback, but this one wanted {name}")


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address that `name` spells, in any of the ways that inet_aton(3) reads; None for a name to be looked up."""
    with suppress(ValueError):
        return ipaddress.ip_address(name)
    with suppress(OSError):
        return ipaddress.IPv4Address(socket.inet_aton(name))
    return None
