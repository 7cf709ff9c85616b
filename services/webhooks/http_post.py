"""One HTTP POST to one pinned address: no redirects, no proxy, no second look-up, over within a deadline."""

import http.client
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import NamedTuple

from services.outgoing.connection import connect, deadline
from services.outgoing.guard import Target


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
    connection = connect(target, timeout, context)
    fields = {"Host": target.host_header, "Content-Length": str(len(body)), "Connection": "close", **headers}
    try:
        with deadline(connection, timeout):
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
