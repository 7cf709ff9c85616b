"""Previews of running trainings, stored as entries of the job's row.

A preview that one attempt did not render is rendered by the next attempt.
"""

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from services.db.sessions import WriteSession
from services.db.tables import JobRow
from services.jobs.files.inputs import job_prefix
from services.jobs.state import repository
from services.jobs.state.types import PREVIEWS, PreviewEntry
from shared.schemas.common import StoredFile
from shared.schemas.job import JobState
from shared.schemas.preview import PreviewState
from shared.schemas.submission import JobWarning

log = logging.getLogger(__name__)


def finish(
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
    """Finish a preview: it is stored as `file`, or failed with `error`. Raises Fenced, NotFound."""
    job = repository.lock_attempt(session, job_id, attempt, "add a preview", now)
    result = {"step": step, "attempt": attempt, "file": file, "error": error}
    save(session, job, _read(job)[number - 1].model_copy(update=result), now)


def pending(job: JobRow) -> tuple[PreviewEntry, ...]:
    """Previews that are requested and not finished. An entry that this release cannot read is left out."""
    waiting: list[PreviewEntry] = []
    for entry in job.previews:
        try:
            preview = PreviewEntry.model_validate(entry)
        except ValidationError as error:
            log.warning("%s: a preview cannot be read: %s", job.id, error)
            continue
        if preview.file is None and preview.error is None:
            waiting.append(preview)
    return tuple(waiting)


def with_states(job: JobRow) -> tuple[tuple[PreviewEntry, PreviewState], ...]:
    """Every preview with its state. A preview that is unfinished when the training ends has failed."""
    has_ended = JobState(job.state).is_terminal
    return tuple((one, _state(one, has_ended=has_ended)) for one in _read(job))


def prefix(job: JobRow) -> str:
    """The storage prefix of the videos. They are separate from the version, which stays when the job is deleted."""
    return job_prefix(job) + PREVIEWS


def _state(preview: PreviewEntry, *, has_ended: bool) -> PreviewState:
    if preview.file is not None:
        return "ready"
    return "failed" if has_ended or preview.error is not None else "pending"


def _read(job: JobRow) -> list[PreviewEntry]:
    return [PreviewEntry.model_validate(one) for one in job.previews]


def save(
    session: WriteSession, job: JobRow, preview: PreviewEntry, now: datetime, warnings: Sequence[JobWarning] = ()
) -> None:
    """Insert or replace the entry with this number, append `warnings` to the job's and record the event."""
    entries: list[dict[str, Any]] = [one.model_dump(mode="json") for one in _read(job) if one.number != preview.number]
    entries = sorted([*entries, preview.model_dump(mode="json")], key=lambda entry: entry["number"])
    state = _state(preview, has_ended=False)
    details = {"number": preview.number, "state": state, "step": preview.step, "prompt": preview.spec.prompt}
    values: dict[str, Any] = {"previews": entries, "previews_asked": len(entries)}
    if warnings:
        values["warnings"] = [*(job.warnings or ()), *(warning.model_dump() for warning in warnings)]
    repository.set_detail(session, job, values, "preview", {"preview": details}, now)
