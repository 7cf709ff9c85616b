"""Promotion: a concept version from a checkpoint of a training.

Promotion queues a new training that resumes from a copy of the checkpoint and ends at the same step, so that the
version is complete. The copy belongs to the new training, whatever happens to the original one.
"""

from datetime import timedelta

from sqlalchemy import select

from services import deletions
from services.accounts import quotas
from services.db.sessions import Database, WriteSession
from services.db.tables import JobRow
from services.jobs.files.checkpoints import lock_training
from services.jobs.files.inputs import job_prefix
from services.jobs.state.types import Checkpoint
from services.jobs.submission.submit import enqueue, new_row, options_of
from services.jobs.submission.warnings import copied_warnings
from services.storage.port import ObjectMissing, ObjectStore
from shared.clock import Clock
from shared.errors import Conflict
from shared.schemas.job import JobState
from shared.schemas.training import TrainingSpec

RESERVATION = timedelta(hours=1)
"""A copy that no job references by then is deleted: the process that made it has crashed."""
MAX_TRIES = 3
"""A running training may replace the checkpoint during the copy."""


class NoCheckpoint(Conflict):
    """The training has no checkpoint of this step: none was saved, or a newer one replaced it."""

    code, title = "no_checkpoint", "No checkpoint"


class Promotion:
    """Promotes checkpoints. Opens its own short transactions, because copying files may take long."""

    def __init__(self, database: Database, store: ObjectStore, clock: Clock) -> None:
        self._database, self._store, self._clock = database, store, clock

    def promote(self, tenant_id: str, job_id: str, *, step: int | None = None, traceparent: str | None = None) -> str:
        """The id of the training that promotes the newest checkpoint, or the checkpoint of `step`.

        A step is promoted once: further requests return the same training, unless it failed or was canceled.
        Raises NotFound, NotATraining, NoCheckpoint, ReservationExpired, QueueFull, QuotaExceeded, StorageError.
        """
        for _ in range(MAX_TRIES):
            with self._database.write() as session:
                old = lock_training(session, tenant_id, job_id)
                chosen = _chosen(old, step)
                if known := _promoted(session, old, chosen):
                    return known
                checkpoint = _checkpoint(old, chosen)
                quotas.check_job(session, tenant_id, self._clock.now())
                new = self._draft(session, old, checkpoint, traceparent)
            if self._copy(checkpoint, new):
                return self._submit(tenant_id, job_id, new, checkpoint.step)
        raise NoCheckpoint

    def _draft(self, session: WriteSession, old: JobRow, checkpoint: Checkpoint, traceparent: str | None) -> JobRow:
        """The new job's row, not inserted yet, and a storage reservation for its copy."""
        now = self._clock.now()
        spec = TrainingSpec.model_validate(old.spec)
        spec = spec.model_copy(update={"recipe": spec.recipe.model_copy(update={"steps": checkpoint.step})})
        new = new_row(old.tenant_id, spec, options_of(old), now, traceparent, retry_of=old.id)
        new.promoted_step = checkpoint.step
        new.warnings = copied_warnings(old)
        place = _place(new)
        files = tuple(file.model_copy(update={"key": place + file.name}) for file in checkpoint.files)
        new.checkpoint = checkpoint.model_copy(update={"files": files}).model_dump()
        deletions.reserve(session, old.tenant_id, place, now + RESERVATION)
        return new

    def _copy(self, checkpoint: Checkpoint, new: JobRow) -> bool:
        """Copy the files; False when the checkpoint was replaced meanwhile."""
        copies = Checkpoint.model_validate(new.checkpoint).files
        try:
            for file, copy in zip(checkpoint.files, copies, strict=True):
                self._store.copy(file.key, copy.key)
        except ObjectMissing:
            return False
        return True

    def _submit(self, tenant_id: str, job_id: str, new: JobRow, step: int) -> str:
        now = self._clock.now()
        with self._database.write() as session:
            old = lock_training(session, tenant_id, job_id)
            if known := _promoted(session, old, step):
                return known  # a concurrent request promoted it
            deletions.claim(session, _place(new))
            return enqueue(session, new, now).id


def _place(job: JobRow) -> str:
    """Where a promotion keeps its copy."""
    return f"{job_prefix(job)}promoted/"


def _chosen(job: JobRow, step: int | None) -> int:
    """The step that was asked for, or that of the newest checkpoint. Raises NoCheckpoint."""
    if step is not None:
        return step
    if job.checkpoint is None:
        raise NoCheckpoint
    return job.checkpoint["step"]


def _checkpoint(job: JobRow, step: int) -> Checkpoint:
    """Raises NoCheckpoint."""
    if job.checkpoint is None or job.checkpoint["step"] != step:
        raise NoCheckpoint
    return Checkpoint.model_validate(job.checkpoint)


def _promoted(session: WriteSession, job: JobRow, step: int) -> str | None:
    """The id of the training that makes, or has made, a version of this step of the job's."""
    nothing = (JobState.FAILED, JobState.CANCELED)
    made = (JobRow.retry_of == job.id, JobRow.promoted_step == step, JobRow.deleted_at.is_(None))
    return session.scalar(select(JobRow.id).where(*made, JobRow.state.not_in(nothing)).limit(1))
