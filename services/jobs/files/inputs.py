"""The stored inputs of a claimed job: clips, adapter and newest checkpoint."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import select

from services.concepts.service import prefix as concept_prefix
from services.concepts.versions import files_of
from services.db.sessions import ReadSession
from services.db.tables import ClipRow, JobRow, VersionRow
from services.jobs.state.types import Checkpoint, ClaimedJob, StoredClip
from shared.schemas.common import StoredFile
from shared.schemas.concept import VersionClip
from shared.schemas.evaluation import EvaluationSpec
from shared.schemas.generation import ConceptVersionRef, GenerationSpec
from shared.schemas.job import SPECS, JobError, JobKind, Spec
from shared.schemas.training import TrainingSpec


class MissingInput(Exception):
    """An input of the job was deleted after the submission."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.error = JobError(code=code, message=message, retryable=False, fault="user")


def load_claimed_job(session: ReadSession, job: JobRow) -> ClaimedJob:
    """The claimed job that a worker runs. Raises MissingInput."""
    if job.lease_until is None:
        raise AssertionError(f"{job.id} runs without a lease")
    inputs = _inputs(session, SPECS[job.kind].model_validate(job.spec))
    return ClaimedJob(
        id=job.id,
        tenant_id=job.tenant_id,
        kind=inputs.kind,
        queue=job.queue,
        attempt=job.attempt,
        spec=inputs.spec,
        adapter_key=job.adapter_key,
        clips=inputs.clips,
        missing_clips=inputs.missing_clips,
        adapter=inputs.adapter,
        checkpoint=Checkpoint.model_validate(job.checkpoint) if job.checkpoint else None,
        finish_by=job.finish_by,
        lease_until=job.lease_until,
        traceparent=job.traceparent,
        job_prefix=job_prefix(job),
        checkpoints_asked=job.checkpoints_asked,
    )


def job_prefix(job: JobRow) -> str:
    """The storage prefix of a job's files. Its folder is the job id: a version's number is not known in advance."""
    if job.kind == "training" and job.concept_id:
        return f"{concept_prefix(job.tenant_id, job.concept_id)}versions/{job.id}/"
    return f"tenants/{job.tenant_id}/{job.kind}s/{job.id}/"


class Inputs(NamedTuple):
    """A job's kind and spec with its stored clips and adapter."""

    kind: JobKind
    spec: Spec
    clips: tuple[StoredClip, ...] = ()
    missing_clips: tuple[str, ...] = ()
    adapter: tuple[StoredFile, ...] = ()


def _inputs(session: ReadSession, spec: Spec) -> Inputs:
    match spec:
        case TrainingSpec():
            clips, missing = _clips(session, [(clip.clip_id, clip.caption) for clip in spec.clips])
            if missing:
                raise MissingInput("clip_deleted", f"the clip {missing[0]} was deleted")
            return Inputs("training", spec, clips)
        case GenerationSpec():
            version = _version(session, spec.concept) if spec.concept else None
            return Inputs("generation", spec, adapter=files_of(version) if version else ())
        case EvaluationSpec():
            version = _version(session, spec.concept)
            trained_on = [VersionClip.model_validate(clip) for clip in version.clips]
            clips, missing = _clips(session, [(clip.clip_id, clip.caption) for clip in trained_on])
            return Inputs("evaluation", spec, clips, missing, files_of(version))


def _clips(session: ReadSession, wanted: Sequence[tuple[str, str]]) -> tuple[tuple[StoredClip, ...], tuple[str, ...]]:
    """The stored clips for (id, caption) pairs, and the ids of those that were deleted."""
    ids = [clip_id for clip_id, _ in wanted]
    stored = {row.id: row for row in session.scalars(select(ClipRow).where(ClipRow.id.in_(ids)))}
    clips: list[StoredClip] = []
    missing: list[str] = []
    for clip_id, caption in wanted:
        row = stored.get(clip_id)
        if row is None or row.video_key is None:
            missing.append(clip_id)
        else:
            clips.append(StoredClip(row.id, row.video_key, caption, row.sha256))
    return tuple(clips), tuple(missing)


def _version(session: ReadSession, concept: ConceptVersionRef) -> VersionRow:
    version = session.get(VersionRow, (concept.concept_id, concept.version))
    if version is None:
        raise MissingInput("concept_deleted", f"the concept {concept.concept_id} was deleted")
    return version
