"""`choreo watch`: prints a job's events as they occur."""

from typing import Any

from choreo._sync.handles import Handle
from choreo.command.follow import note_continues
from choreo.command.jobs import Which, say
from choreo.command.progress import Bar
from choreo.command.session import Session
from choreo.errors import UnexpectedAnswer
from choreo.models import Event, Job, Progress
from choreo.responses import MALFORMED


def watch(session: Session, which: Which) -> None:
    """Prints a job's events until it ends; the exit status is the job's outcome. With --json, one event per line."""
    handle = session.choreo.jobs.handle(which)
    try:
        _watched(session, handle)
    except KeyboardInterrupt:
        note_continues(session, which)
        raise
    handle.refresh()
    job = handle.result()
    if not session.out.as_json:
        say(session, job)


def _watched(session: Session, handle: Handle[Job]) -> None:
    if session.out.as_json:
        for event in handle.stream():
            session.out.json(event.to_dict(), line=True)
        return
    with Bar(session.out.people, f"{handle.job.kind} {handle.id}") as bar:
        for event in handle.stream():
            bar.show(*_seen(event))


def _seen(event: Event) -> tuple[str, Progress | None]:
    """The state and progress in an event; the type of an event without a state."""
    data: dict[str, Any] = event.data.additional_properties
    try:
        progress = Progress.from_dict(data["progress"]) if data.get("progress") else None
    except MALFORMED as error:
        raise UnexpectedAnswer(f"the progress of {event.id} is malformed: {error!r}") from error
    return str(data.get("state", event.type_)), progress
