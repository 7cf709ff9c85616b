"""HTTP POST to a pinned address: no redirects, no proxy, no second name resolution, with a deadline."""

import http.client
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import NamedTuple

from services.outgoing.connection import connect, deadline, describe
from services.outgoing.guard import Target

MAX_RETRY_AFTER_LENGTH = 100
"""Number of characters of a `Retry-After` header that are read."""


class PostResult(NamedTuple):
    """The outcome of an attempt: a status, or none and an error."""

    status: int | None
    error: str | None = None
    retry_after: str | None = None
    """The `Retry-After` header as received."""
    final: bool = False
    """Whether a retry would fail in the same way."""

    @property
    def delivered(self) -> bool:
        """Whether the status is 2xx. A redirect is a failure."""
        return self.status is not None and 200 <= self.status < 300


def post(
    target: Target, body: bytes, headers: Mapping[str, str], *, timeout: float, context: ssl.SSLContext | None = None
) -> PostResult:
    """Send the body and read the response's head. `timeout`, in seconds, bounds the whole exchange."""
    connection = connect(target, timeout, context)
    fields = {"Host": target.host_header, "Content-Length": str(len(body)), "Connection": "close", **headers}
    try:
        with deadline(connection, timeout):
            connection.request("POST", target.path, body, fields)
            response = connection.getresponse()
        return PostResult(response.status, retry_after=response.getheader("Retry-After"))
    except TimeoutError:
        return PostResult(None, f"no answer within {timeout:g} s")
    except (OSError, http.client.HTTPException, ValueError) as error:
        return PostResult(None, describe(error))
    finally:
        connection.close()


def retry_after_seconds(retry_after: str | None, now: datetime) -> float | None:
    """The delay of a Retry-After header in seconds: a number or an HTTP date (RFC 9110 section 10.2.3), else None."""
    text = (retry_after or "").strip()[:MAX_RETRY_AFTER_LENGTH]
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
        return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds())
    except (ValueError, TypeError, LookupError, ArithmeticError):
        return None
