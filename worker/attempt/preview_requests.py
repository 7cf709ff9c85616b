"""Preview requests of a training in progress: passed on to the engine, and their videos stored."""

import logging
from collections.abc import Iterable

from services.db.isolation import UNREADABLE
from services.jobs.state.types import ClaimedJob, PreviewEntry
from services.motion.engine.client import Engine
from services.motion.engine.messages import PreviewEvent
from services.storage.port import ObjectStore
from shared.schemas.common import StoredFile
from shared.text import clean
from worker.attempt import provenance, transfers
from worker.store.job_store import JobStore

log = logging.getLogger(__name__)

MAX_ERROR_LENGTH = 1000


class PreviewRequests:
    """The preview requests of one attempt. A preview that fails does not fail the training."""

    def __init__(self, job: ClaimedJob, job_store: JobStore, store: ObjectStore, engine: Engine) -> None:
        self._job, self._job_store, self._store, self._engine = job, job_store, store, engine
        self._forwarded: set[int] = set()

    def forward(self, waiting: Iterable[PreviewEntry]) -> None:
        """Send the requests to the engine that it has not received yet. Raises EngineDied."""
        for preview in waiting:
            if preview.number not in self._forwarded:
                self._forwarded.add(preview.number)
                self._engine.request_preview(preview.number, preview.spec)

    def store(self, event: PreviewEvent) -> str:
        """Store a rendered preview and record it; returns a line for the job's log.

        A preview that cannot be stored is recorded as failed. Raises Fenced, NotFound, and DBAPIError when the database
        is unreachable.
        """
        job, number, step = self._job, event.number, event.step
        if event.path is None:
            self._finish(event, error=event.error)
            return f"preview {number} could not be rendered: {event.error}"
        try:
            provenance.write_metadata(event.path, provenance.preview_metadata(job, event))
            (file,) = transfers.upload(self._store, {f"{number:04d}.mp4": event.path}, job.previews_prefix)
        except Exception as error:
            log.exception("%s: attempt %d: preview %d was not stored", job.id, job.attempt, number)
            self._finish(event, error=f"not stored: {error}")
            return f"preview {number} was not stored"
        self._finish(event, file=file)
        return f"stored preview {number} of step {step}"

    def _finish(self, event: PreviewEvent, *, file: StoredFile | None = None, error: str | None = None) -> None:
        job, error = self._job, error and clean(error, MAX_ERROR_LENGTH)
        try:
            self._job_store.finish_preview(job, event.number, step=event.step, file=file, error=error)
        except UNREADABLE:
            log.exception("%s: attempt %d: preview %d was not recorded", job.id, job.attempt, event.number)
