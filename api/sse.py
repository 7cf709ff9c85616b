"""Server-Sent Events (WHATWG HTML, section 9.2): a job's events until it ends, resumable where the caller left off."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import NamedTuple

from fastapi.sse import format_sse_event

from api.waiting import JobWatch
from shared.schemas.event import Event

HEARTBEAT_SECONDS = 15.0
RECONNECT_MILLISECONDS = 2000
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
"""Nobody in between may keep the stream, or keep it waiting."""


class News(NamedTuple):
    """What a job has to tell since some `state_seq`; `ended` when nothing will follow."""

    events: list[Event]
    state_seq: int
    """Of the job when it was read, which may be before or after its last event here."""
    ended: bool


ReadNews = Callable[[int], Awaitable[News]]
"""Reads what happened after a `state_seq`."""


async def stream(job_id: str, first: News, read: ReadNews, watch: JobWatch, *, after: int) -> AsyncIterator[bytes]:
    """The wire form of a job's events after `after`, ending with the job; a comment keeps idle connections open.

    It ends with the service too: the caller comes back with `Last-Event-ID`, to whoever serves then.
    """
    yield b"retry: %d\n\n" % RECONNECT_MILLISECONDS
    news = first
    while True:
        for event in news.events:
            after = event.state_seq or after
            yield encode(event)
        if news.ended or watch.is_closed:
            return
        if not await watch.changed(job_id, after=min(after, news.state_seq), within=HEARTBEAT_SECONDS):
            yield format_sse_event(comment="still here")
        news = await read(after)


def encode(event: Event) -> bytes:
    """One event: its `state_seq` as the id to resume from, its type as the name to listen for."""
    return format_sse_event(data_str=event.model_dump_json(), event=event.type, id=str(event.state_seq))
