"""How a job looks to a caller."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from services.concepts.views import PREVIEWS
from services.db.sessions import ReadSession
from services.db.tables import AttemptRow, JobLogRow, JobRow
from services.jobs import fairness, repository
from shared.schemas.common import Artifact, StoredFile
from shared.schemas.job import Attempt, Job, JobUrls, RefusedWrite
from shared.schemas.journal import LogLine
from shared.schemas.submission import Deadlines

VIDEO = "video.mp4"
_JOB: TypeAdapter[Job] = TypeAdapter(Job)


@dataclass(frozen=True)
class Links:
    """How to make URLs: the service's own address, and `sign`, which turns a storage key into a fresh one."""

    public_url: str
    sign: Callable[[str], str]


def resource(session: ReadSession, job: JobRow, links: Links) -> Job:
    """The job as GET answers it."""
    return _JOB.validate_python(
        {
            "id": job.id,
            "kind": job.kind,
            "state": job.state,
            "state_seq": job.state_seq,
            "attempt": job.attempt,
            "spec": job.spec,
            "progress": job.progress,
            "queue_position": fairness.position(session, job),
            "result": _result(job, links.sign) if job.result else None,
            "error": job.error,
            "attempts": attempts(session, job),
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
        | _checkpoint(job)
    )


def log_line(row: JobLogRow) -> LogLine:
    """One line of its log."""
    return LogLine.model_validate({name: getattr(row, name) for name in LogLine.model_fields})


def attempts(session: ReadSession, job: JobRow) -> list[Attempt]:
    """Every attempt with the writes it was refused."""
    refused: defaultdict[int, list[RefusedWrite]] = defaultdict(list)
    for write in repository.refused_writes_of(session, job.id):
        refused[write.attempt].append(RefusedWrite(what=write.what, at=write.at))
    return [_attempt(row, refused[row.number]) for row in repository.attempts_of(session, job.id)]


def urls(job_id: str, public_url: str) -> JobUrls:
    """Where to read on."""
    here = f"{public_url.rstrip('/')}/v1/jobs/{job_id}"
    return JobUrls.model_validate({"self": here, "events": f"{here}/events", "cancel": f"{here}/cancel"})


def _checkpoint(job: JobRow) -> dict[str, Any]:
    """Of a training only: the others have none."""
    if job.kind != "training":
        return {}
    return {"checkpoint": {name: job.checkpoint[name] for name in ("step", "attempt")} if job.checkpoint else None}


def _result(job: JobRow, sign: Callable[[str], str]) -> dict[str, Any]:
    stored: dict[str, Any] = job.result or {}
    files = [StoredFile.model_validate(file) for file in stored["artifacts"]]
    artifacts: dict[str, Artifact] = {file.name: file.signed(sign(file.key)) for file in files}
    if job.kind == "generation":
        return {"video": artifacts[VIDEO], "artifacts": list(artifacts.values())}
    if job.kind == "evaluation":
        previews = [artifact for name, artifact in artifacts.items() if name.startswith(PREVIEWS)]
        measured = {name: stored[name] for name in ("metrics", "base_metrics", "not_measured")}
        return job.spec["concept"] | measured | {"previews": previews, "artifacts": list(artifacts.values())}
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
