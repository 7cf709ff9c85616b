"""What a claimed job needs from storage: its clips, its adapter, its newest checkpoint."""

from sqlalchemy import select

from services.concepts.service import prefix as concept_prefix
from services.concepts.versions import files_of
from services.db.sessions import ReadSession
from services.db.tables import ClipRow, JobRow, VersionRow
from services.jobs.values import Checkpoint, ClaimedJob, StoredClip
from shared.schemas.common import StoredFile
from shared.schemas.generation import GenerationSpec
from shared.schemas.job import JobError
from shared.schemas.training import TrainingSpec


class MissingInput(Exception):
    """Something the job needs was deleted after it was submitted."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.error = JobError(code=code, message=message, retryable=False, fault="user")


def open_job(session: ReadSession, job: JobRow) -> ClaimedJob:
    """A running job as its worker needs it. Raises MissingInput."""
    if job.lease_until is None:
        raise AssertionError(f"{job.id} runs without a lease")
    spec = (TrainingSpec if job.kind == "training" else GenerationSpec).model_validate(job.spec)
    training = isinstance(spec, TrainingSpec)
    return ClaimedJob(
        id=job.id,
        tenant_id=job.tenant_id,
        kind="training" if training else "generation",
        queue=job.queue,
        attempt=job.attempt,
        spec=spec,
        warm_key=job.warm_key,
        clips=_clips(session, spec) if training else (),
        adapter=() if training else _adapter(session, spec),
        checkpoint=Checkpoint.model_validate(job.checkpoint) if job.checkpoint else None,
        finish_by=job.finish_by,
        lease_until=job.lease_until,
        traceparent=job.traceparent,
        job_prefix=job_prefix(job),
        checkpoints_asked=job.checkpoints_asked,
    )


def job_prefix(job: JobRow) -> str:
    """Where the job's files go. A version's number is not known before it is made, so its job names the folder."""
    if job.kind == "training" and job.concept_id:
        return f"{concept_prefix(job.tenant_id, job.concept_id)}versions/{job.id}/"
    return f"tenants/{job.tenant_id}/generations/{job.id}/"


def _clips(session: ReadSession, spec: TrainingSpec) -> tuple[StoredClip, ...]:
    wanted = [clip.clip_id for clip in spec.clips]
    stored = {row.id: row for row in session.scalars(select(ClipRow).where(ClipRow.id.in_(wanted)))}
    clips: list[StoredClip] = []
    for clip in spec.clips:
        row = stored.get(clip.clip_id)
        if row is None or row.video_key is None:
            raise MissingInput("clip_deleted", f"the clip {clip.clip_id} was deleted")
        clips.append(StoredClip(row.id, row.video_key, clip.caption, row.sha256))
    return tuple(clips)


def _adapter(session: ReadSession, spec: GenerationSpec) -> tuple[StoredFile, ...]:
    if spec.concept is None:
        return ()
    version = session.get(VersionRow, (spec.concept.concept_id, spec.concept.version))
    if version is None:
        raise MissingInput("concept_deleted", f"the concept {spec.concept.concept_id} was deleted")
    return files_of(version)
