"""HTTP GET from a pinned address into a file: no redirects, no proxy, bounded size and time."""

import http.client
import ssl
from collections.abc import Iterator
from pathlib import Path

from services.outgoing.connection import connect, deadline, describe
from services.outgoing.guard import Guard
from shared.errors import ChoreoError

CHUNK = 2**16
USER_AGENT = "Choreo-Fetch/1.0"


class FetchFailed(ChoreoError):
    """The file at the URL could not be fetched."""

    code, title, status, retryable = "fetch_failed", "Fetch failed", 422, True


def fetch(
    guard: Guard,
    url: str,
    path: Path,
    *,
    max_bytes: int,
    seconds: float,
    owner: str = "",
    context: ssl.SSLContext | None = None,
) -> None:
    """Download `url` to a file. `seconds` bounds everything after the name resolution, see `Guard.locate` for `owner`.

    Raises TargetRefused, HostUnknown, and FetchFailed for a status other than 200, too many bytes, or a timeout.
    """
    target = guard.locate(url, owner)
    connection = connect(target, seconds, context)
    headers = {"Host": target.host_header, "User-Agent": USER_AGENT, "Accept-Encoding": "identity"}
    try:
        with deadline(connection, seconds):
            connection.request("GET", target.path, headers=headers | {"Connection": "close"})
            _save(connection.getresponse(), path, max_bytes)
    except TimeoutError as error:
        raise FetchFailed(f"{target.host} did not send the file within {seconds:g} s") from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise FetchFailed(describe(error)) from error
    finally:
        connection.close()


def _save(response: http.client.HTTPResponse, path: Path, max_bytes: int) -> None:
    if response.status != http.client.OK:
        raise FetchFailed(
            f"the server answered {response.status}; only 200 is accepted, and redirects are not followed"
        )
    num_bytes = 0
    with path.open("wb") as file:
        for chunk in _chunks(response):
            num_bytes += len(chunk)
            if num_bytes > max_bytes:
                raise FetchFailed(f"the file has more than {max_bytes} bytes")
            file.write(chunk)
    if response.length:
        raise FetchFailed(f"the connection ended {response.length} bytes too early")


def _chunks(response: http.client.HTTPResponse) -> Iterator[bytes]:
    while chunk := response.read(CHUNK):
        yield chunk
