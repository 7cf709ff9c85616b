"""Server-Sent Events (WHATWG HTML, section 9.2): a job's events until its end, resumable."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import NamedTuple

from fastapi.sse import format_sse_event

from api.waiting import JobWatch
from shared.errors import NotFound, Unauthorized
from shared.schemas.event import Event

HEARTBEAT_SECONDS = 15.0
RECONNECT_MILLISECONDS = 2000
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
"""Proxies must not cache or buffer the stream."""


class EventBatch(NamedTuple):
    """A job's events after a `state_seq`; `ended` when none will follow."""

    events: list[Event]
    state_seq: int
    """The job's `state_seq` at the time of the read, which may differ from that of the last event."""
    ended: bool


ReadEvents = Callable[[int], Awaitable[EventBatch]]
"""Reads the events after a `state_seq`."""


async def stream(
    job_id: str, first: EventBatch, read: ReadEvents, watch: JobWatch, *, after: int
) -> AsyncIterator[bytes]:
    """Encoded events of a job after `after`, until its end. Comments keep idle connections open.

    The stream also ends at the service's shutdown; clients reconnect with `Last-Event-ID`. And it ends when the job is
    deleted or the key is not valid any more, at the next event or comment.
    """
    yield b"retry: %d\n\n" % RECONNECT_MILLISECONDS
    batch = first
    while True:
        for event in batch.events:
            after = event.state_seq or after
            yield encode(event)
        if batch.ended or watch.is_closed:
            return
        if not await watch.changed(job_id, after=min(after, batch.state_seq), within=HEARTBEAT_SECONDS):
            yield format_sse_event(comment="still here")
        try:
            batch = await read(after)
        except (Unauthorized, NotFound):
            return


def encode(event: Event) -> bytes:
    """One encoded event: `id` is its `state_seq`, `event` its type."""
    return format_sse_event(data_str=event.model_dump_json(), event=event.type, id=str(event.state_seq))
