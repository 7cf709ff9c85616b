"""Follows a job to its end and prints its progress and result."""

from typing import TypeVar

from choreo._sync.handles import Handle
from choreo.command.progress import Bar
from choreo.command.session import Session
from choreo.models import Job

JobT = TypeVar("JobT", bound=Job)


def to_the_end(session: Session, handle: Handle[JobT], timeout: float | None) -> JobT:
    """The succeeded job. Raises JobFailed, JobCanceled, StillRunning."""
    if session.out.as_json:
        return handle.wait(timeout=timeout)
    try:
        with Bar(session.out.people, f"{handle.job.kind} {handle.id}") as bar:
            return handle.wait(bar, timeout=timeout)
    except KeyboardInterrupt:
        note_continues(session, handle.id)
        raise


def note_continues(session: Session, job_id: str) -> None:
    """Advice for a job that is no longer followed."""
    session.out.note(
        f"{job_id} continues; follow it with `choreo watch {job_id}`, cancel it with `choreo jobs cancel {job_id}`"
    )
