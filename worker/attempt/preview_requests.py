"""Preview requests of a training in progress: passed on to the engine, and their videos stored."""

import logging
from collections.abc import Iterable

from services.jobs.state.types import ClaimedJob, PreviewEntry
from services.motion.engine.client import Engine
from services.motion.engine.messages import PreviewEvent
from services.storage.port import ObjectStore, StorageError
from worker.attempt import provenance, transfers
from worker.store.job_store import JobStore

log = logging.getLogger(__name__)


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
        """Store a rendered preview and record it; returns a line for the job's log. Raises Fenced, NotFound."""
        job, number, step = self._job, event.number, event.step
        if event.path is None:
            self._job_store.finish_preview(job, number, step=step, error=event.error)
            return f"preview {number} could not be rendered: {event.error}"
        provenance.write_metadata(event.path, provenance.preview_metadata(job, event))
        try:
            (file,) = transfers.upload(self._store, {f"{number:04d}.mp4": event.path}, job.previews_prefix)
        except StorageError as error:
            log.exception("%s: attempt %d: preview %d was not stored", job.id, job.attempt, number)
            self._job_store.finish_preview(job, number, step=step, error=f"not stored: {error}")
            return f"preview {number} was not stored"
        self._job_store.finish_preview(job, number, step=step, file=file)
        return f"stored preview {number} of step {step}"
