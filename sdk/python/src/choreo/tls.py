"""The TLS context, shared by all clients, because loading certificates is slow."""

import ssl
from functools import cache

import httpx

from choreo.errors import NotConfigured


@cache
def context() -> ssl.SSLContext:
    """The default context of httpx, which also reads `SSL_CERT_FILE`. Raises NotConfigured."""
    try:
        return httpx.create_ssl_context()
    except OSError as error:
        raise NotConfigured(f"the certificates cannot be read (SSL_CERT_FILE, SSL_CERT_DIR): {error}") from error
