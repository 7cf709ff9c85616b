"""Server-Sent Events of a job, resumed after a broken connection (WHATWG HTML, section 9.2)."""

import json
import time
from collections.abc import Iterator
from http import HTTPStatus
from urllib.parse import quote

import httpx
from httpx_sse import EventSource, SSEError

from choreo._sync.calls import Calls
from choreo._sync.sleep import sleep
from choreo.errors import UnexpectedAnswer, Unreachable
from choreo.generated.models import Event
from choreo.responses import MALFORMED

TIMEOUT = httpx.Timeout(10.0, read=45.0)
"""The service sends at least a comment every 15 seconds; three silent intervals mean a broken connection."""
RECONNECT_SECONDS = 1.0
MAX_EMPTY_CONNECTIONS = 5
"""After this many short connections without an event, a proxy is assumed to block streams."""
SHORT_SECONDS = 10.0


def events(calls: Calls, job_id: str, after: int) -> Iterator[Event]:
    """The job's events after a `state_seq`, each once, in order, until its end.

    Raises:
        Unreachable: connections break repeatedly without an event.
        UnexpectedAnswer: the response is not an event stream.
        ProblemError: the service responded with an error.
    """
    name = quote(job_id, safe="", errors="surrogatepass")
    path = f"/v1/jobs/{name}/events"  # the generated call would read to the end before it returns
    fruitless, why = 0, None
    while fruitless < MAX_EMPTY_CONNECTIONS:
        opened, before = time.monotonic(), after
        headers = {"Accept": "text/event-stream", "Last-Event-ID": str(after)}
        try:
            with calls.http.stream("GET", path, headers=headers, timeout=TIMEOUT) as response:
                if response.status_code == HTTPStatus.NO_CONTENT:
                    return
                for message in EventSource(response).iter_sse():
                    if message.data:
                        event = _parsed(message.data)
                        after = event.state_seq or after
                        yield event
                        if is_last(event):
                            return
        except SSEError as error:
            raise UnexpectedAnswer(f"the event stream of {job_id} is malformed: {error}") from error
        except httpx.TransportError as error:
            why = error
        except httpx.RequestError as error:
            raise UnexpectedAnswer(f"the event stream of {job_id} cannot be read: {error!r}") from error
        fruitful = after > before or time.monotonic() - opened > SHORT_SECONDS
        fruitless = 0 if fruitful else fruitless + 1
        sleep(RECONNECT_SECONDS)
    raise Unreachable(f"the event stream of {job_id} was interrupted {fruitless} times without an event") from why


def is_last(event: Event) -> bool:
    """Whether the event is the job's last: it is named after the job's kind and a final state."""
    return event.type_.partition(".")[2] in {"succeeded", "failed", "canceled"}


def _parsed(data: str) -> Event:
    try:
        return Event.from_dict(json.loads(data))
    except MALFORMED as error:
        raise UnexpectedAnswer(f"the data of an event is malformed: {data[:100]}") from error
