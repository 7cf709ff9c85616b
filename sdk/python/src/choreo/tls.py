"""Whom to trust: one context for all clients, since reading the certificates takes longer than most calls."""

import ssl
from functools import cache

import httpx


@cache
def context() -> ssl.SSLContext:
    """The default of httpx, which also reads `SSL_CERT_FILE`."""
    return httpx.create_ssl_context()
