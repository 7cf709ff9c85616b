"""The TLS context, shared by all clients, because loading certificates is slow."""

import ssl
from functools import cache

import httpx


@cache
def context() -> ssl.SSLContext:
    """The default context of httpx, which also reads `SSL_CERT_FILE`."""
    return httpx.create_ssl_context()
