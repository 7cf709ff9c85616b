"""What a result says of where it comes from: in each video, and in the manifest."""

from typing import Any

from services.jobs.state.types import ClaimedJob
from services.motion.engine.messages import PreviewEvent, ResultEvent
from shared.schemas.training import TrainingSpec
from worker.attempt.provenance import revision


def of_video(job: ClaimedJob, result: ResultEvent) -> dict[str, Any]:
    """What each video says of itself."""
    concept = None if isinstance(job.spec, TrainingSpec) else job.spec.concept
    return {
        "job_id": job.id,
        "attempt": job.attempt,
        "concept": f"{concept.concept_id}@{concept.version}" if concept else None,
        "base_model": result.base.model_dump(),
    }


def of_preview(job: ClaimedJob, event: PreviewEvent) -> dict[str, Any]:
    """The same of a training's preview: which training, and how far it was."""
    return {
        "job_id": job.id,
        "attempt": job.attempt,
        "concept": job.spec.concept_id if isinstance(job.spec, TrainingSpec) else None,
        "step": event.step,
        "base_model": event.base.model_dump(),
    }


def of_manifest(job: ClaimedJob, result: ResultEvent) -> dict[str, Any]:
    """What the manifest says beside the files and their hashes."""
    return {
        "job_id": job.id,
        "attempt": job.attempt,
        "kind": job.kind,
        "spec": job.spec.model_dump(mode="json"),
        "clips": [{"clip_id": clip.clip_id, "caption": clip.caption, "sha256": clip.sha256} for clip in job.clips],
        "base": result.base.model_dump(),
        "metrics": result.report.get("metrics", {}),
        "facts": result.stats.model_dump(mode="json"),
        "versions": {"choreo": revision(), **result.report.get("versions", {})},
    }
