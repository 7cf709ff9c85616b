"""Jobs as the API returns them."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from services.concepts.views import PREVIEWS
from services.db.sessions import ReadSession
from services.db.tables import AttemptRow, JobLogRow, JobRow
from services.jobs.files import previews
from services.jobs.scheduling import fairness
from services.jobs.state import repository
from services.jobs.state.types import PreviewEntry
from shared.schemas.common import Artifact, StoredFile
from shared.schemas.job import Attempt, Job, JobUrls, RefusedWrite
from shared.schemas.logs import LogLine
from shared.schemas.preview import JobPreview, PreviewState
from shared.schemas.submission import Deadlines

VIDEO = "video.mp4"
ENDED_BEFORE_PREVIEW = "the training ended first"
_JOB: TypeAdapter[Job] = TypeAdapter(Job)


@dataclass(frozen=True)
class Links:
    """How URLs are made: the service's public URL, and `sign`, which presigns a storage key."""

    public_url: str
    sign: Callable[[str], str]


def resource(session: ReadSession, job: JobRow, links: Links) -> Job:
    """The job resource."""
    return resources(session, [job], links)[job.id]


def resources(session: ReadSession, jobs: Sequence[JobRow], links: Links) -> dict[str, Job]:
    """Job resources by id, read together."""
    positions, attempts = fairness.positions(session, jobs), _attempts(session, jobs)
    return {job.id: _resource(job, positions.get(job.id), attempts[job.id], links) for job in jobs}


def _resource(job: JobRow, position: int | None, attempts: list[Attempt], links: Links) -> Job:
    return _JOB.validate_python(
        {
            "id": job.id,
            "kind": job.kind,
            "state": job.state,
            "state_seq": job.state_seq,
            "attempt": job.attempt,
            "spec": job.spec,
            "progress": job.progress,
            "queue_position": position,
            "result": _result(job, links.sign) if job.result else None,
            "error": job.error,
            "warnings": job.warnings or [],
            "attempts": attempts,
            "deadlines": Deadlines(start_by=job.start_by, finish_by=job.finish_by),
            "usage": job.usage,
            "metadata": job.labels,
            "priority": job.priority,
            "webhook_url": job.webhook_url,
            "retry_of": job.retry_of,
            "delete_at": job.delete_at,
            "created_at": job.created_at,
            "not_before": job.not_before,
            "started_at": job.started_at,
            "finished_at": job.finished_at,
            "urls": urls(job.id, links.public_url),
        }
        | _training_fields(job, links.sign)
    )


def log_line(row: JobLogRow) -> LogLine:
    """The log line resource."""
    return LogLine.model_validate({name: getattr(row, name) for name in LogLine.model_fields})


def _attempts(session: ReadSession, jobs: Sequence[JobRow]) -> defaultdict[str, list[Attempt]]:
    """The attempts of each job, with their refused writes."""
    started = [job.id for job in jobs if job.attempt > 0]
    refused: defaultdict[tuple[str, int], list[RefusedWrite]] = defaultdict(list)
    found: defaultdict[str, list[Attempt]] = defaultdict(list)
    for write in repository.refused_writes_of(session, *started) if started else ():
        refused[write.job_id, write.attempt].append(RefusedWrite(what=write.what, at=write.at))
    for row in repository.attempts_of(session, *started) if started else ():
        found[row.job_id].append(_attempt(row, refused[row.job_id, row.number]))
    return found


def urls(job_id: str, public_url: str) -> JobUrls:
    """The URLs of a job."""
    here = f"{public_url.rstrip('/')}/v1/jobs/{job_id}"
    return JobUrls.model_validate({"self": here, "events": f"{here}/events", "cancel": f"{here}/cancel"})


def _training_fields(job: JobRow, sign: Callable[[str], str]) -> dict[str, Any]:
    """The fields that only trainings have."""
    if job.kind != "training":
        return {}
    return {
        "checkpoint": {name: job.checkpoint[name] for name in ("step", "attempt")} if job.checkpoint else None,
        "previews": [_preview(one, state, sign) for one, state in previews.with_states(job)],
        "promoted_step": job.promoted_step,
    }


def _preview(preview: PreviewEntry, state: PreviewState, sign: Callable[[str], str]) -> JobPreview:
    return JobPreview(
        number=preview.number,
        state=state,
        prompt=preview.spec.prompt,
        seed=preview.spec.seed,
        step=preview.step,
        attempt=preview.attempt,
        video=preview.file.signed(sign(preview.file.key)) if preview.file else None,
        error=preview.error or (ENDED_BEFORE_PREVIEW if state == "failed" else None),
        asked_at=preview.asked_at,
    )


def _result(job: JobRow, sign: Callable[[str], str]) -> dict[str, Any]:
    stored: dict[str, Any] = job.result or {}
    files = [StoredFile.model_validate(file) for file in stored["artifacts"]]
    artifacts: dict[str, Artifact] = {file.name: file.signed(sign(file.key)) for file in files}
    if job.kind == "generation":
        return {"video": artifacts[VIDEO], "artifacts": list(artifacts.values())}
    if job.kind == "evaluation":
        shown = [artifact for name, artifact in artifacts.items() if name.startswith(PREVIEWS)]
        measured = {name: stored[name] for name in ("metrics", "base_metrics", "not_measured")}
        return job.spec["concept"] | measured | {"previews": shown, "artifacts": list(artifacts.values())}
    return {name: stored[name] for name in ("concept_id", "version", "metrics")} | {
        "artifacts": list(artifacts.values())
    }


def _attempt(row: AttemptRow, refused_writes: list[RefusedWrite]) -> Attempt:
    return Attempt.model_validate(
        {
            "number": row.number,
            "worker": row.worker,
            "started_at": row.started_at,
            "ended_at": row.ended_at,
            "outcome": row.outcome,
            "error": row.error,
            "resumed_from_step": row.resumed_from_step,
            "refused_writes": refused_writes,
        }
    )
