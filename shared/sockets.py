"""Sockets that servers listen on."""

import socket


def listen(host: str, port: int) -> socket.socket:
    """A TCP socket that listens on this address; port 0 is any free one.

    What is accepted on it inherits TCP_NODELAY. asyncio sets that itself, but not for sockets that it did not make:
    without it an answer's last segment waits for the caller's delayed acknowledgement, 40 ms on Linux (RFC 896, 1122).
    Raises OSError.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, port), family=family)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener
