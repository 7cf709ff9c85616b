"""What callers want to see of a training in progress: passed on to the engine, stored, told to the record."""

import logging
from collections.abc import Iterable

from services.jobs.state.types import ClaimedJob, PreviewEntry
from services.motion.engine.client import Engine
from services.motion.engine.messages import PreviewEvent
from services.storage.port import ObjectStore, StorageError
from worker.attempt import manifest, transfers
from worker.attempt.provenance import stamp
from worker.store.job_store import JobStore

log = logging.getLogger(__name__)


class Previews:
    """The previews of one attempt. Losing one costs nobody a training."""

    def __init__(self, job: ClaimedJob, job_store: JobStore, store: ObjectStore, engine: Engine) -> None:
        self._job, self._job_store, self._store, self._engine = job, job_store, store, engine
        self._ordered: set[int] = set()

    def order(self, waiting: Iterable[PreviewEntry]) -> None:
        """Pass on to the engine what it has not been told yet. Raises EngineDied."""
        for preview in waiting:
            if preview.number not in self._ordered:
                self._ordered.add(preview.number)
                self._engine.request_preview(preview.number, preview.spec)

    def keep(self, event: PreviewEvent) -> str:
        """Store what the engine made and tell the record; says what came of it. Raises Fenced, NotFound."""
        if event.path is None:
            self._job_store.settle_preview(self._job, event.number, step=event.step, error=event.error)
            return f"preview {event.number} could not be rendered: {event.error}"
        name = f"{event.number:04d}.mp4"
        stamp(event.path, manifest.of_preview(self._job, event))
        try:
            (file,) = transfers.upload(self._store, {name: event.path}, self._job.previews_prefix)
        except StorageError as error:
            log.exception("%s: preview %d was not stored", self._job.id, event.number)
            self._job_store.settle_preview(self._job, event.number, step=event.step, error=f"not stored: {error}")
            return f"preview {event.number} was not stored"
        self._job_store.settle_preview(self._job, event.number, step=event.step, file=file)
        return f"preview {event.number}, of step {event.step}, is stored"
