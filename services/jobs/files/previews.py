"""Previews of a training in progress: asked for by a caller, carried out by whichever attempt runs, listed in the job.

Each is an entry of the job's own row. One that an attempt did not get to is the next attempt's.
"""

from datetime import datetime
from typing import Any

from services.db.sessions import WriteSession
from services.db.tables import JobRow
from services.jobs.files.inputs import job_prefix
from services.jobs.state import repository
from services.jobs.state.types import PREVIEWS, PreviewEntry
from shared.schemas.common import StoredFile
from shared.schemas.job import JobState
from shared.schemas.preview import PreviewState


def settle(
    session: WriteSession,
    job_id: str,
    attempt: int,
    number: int,
    *,
    step: int,
    now: datetime,
    file: StoredFile | None = None,
    error: str | None = None,
) -> None:
    """A preview is stored as `file`, or there is none for the reason in `error`. Raises Fenced, NotFound."""
    job = repository.lock_attempt(session, job_id, attempt, "add a preview", now)
    made = {"step": step, "attempt": attempt, "file": file, "error": error}
    put(session, job, _read(job)[number - 1].model_copy(update=made), now)


def waiting(job: JobRow) -> tuple[PreviewEntry, ...]:
    """Those that were asked for and are not there yet."""
    return tuple(one for one in _read(job) if one.file is None and one.error is None)


def listed(job: JobRow) -> tuple[tuple[PreviewEntry, PreviewState], ...]:
    """Each with where it stands. What a training did not get to before its end will never be."""
    has_ended = JobState(job.state).is_terminal
    return tuple((one, _state(one, has_ended=has_ended)) for one in _read(job))


def prefix(job: JobRow) -> str:
    """Where the videos are: apart from the version, which stays when the job is deleted."""
    return job_prefix(job) + PREVIEWS


def _state(preview: PreviewEntry, *, has_ended: bool) -> PreviewState:
    if preview.file is not None:
        return "ready"
    return "failed" if has_ended or preview.error is not None else "pending"


def _read(job: JobRow) -> list[PreviewEntry]:
    return [PreviewEntry.model_validate(one) for one in job.previews]


def put(session: WriteSession, job: JobRow, preview: PreviewEntry, now: datetime) -> None:
    """Write one down, as news: the entry of its number, or the next one."""
    entries: list[dict[str, Any]] = [one.model_dump(mode="json") for one in _read(job) if one.number != preview.number]
    entries = sorted([*entries, preview.model_dump(mode="json")], key=lambda entry: entry["number"])
    state = _state(preview, has_ended=False)
    told = {"number": preview.number, "state": state, "step": preview.step, "prompt": preview.spec.prompt}
    values = {"previews": entries, "previews_asked": len(entries)}
    repository.set_detail(session, job, values, "preview", {"preview": told}, now)
