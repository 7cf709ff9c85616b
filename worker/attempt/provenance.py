"""The provenance of results: the code revision, the metadata of videos, and the manifest."""
# pyright: reportUnknownMemberType=false
# PyAV's stubs leave Packet's parameter open, so mux() counts as partly unknown.

import json
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import av

from services.jobs.state.types import ClaimedJob
from services.motion.engine.messages import PreviewEvent, ResultEvent
from shared.schemas.training import TrainingSpec

_ROOT = Path(__file__).resolve().parents[2]
REVISION_FILE = _ROOT / "REVISION"
"""The commit, in an image without a git repository."""
SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
"""The IPTC digital source type, also used by C2PA, of media made by a trained model."""


@cache
def revision() -> str:
    """The commit of this code, with `-dirty` for a changed working tree; `unknown` without a repository."""
    if REVISION_FILE.is_file():
        return REVISION_FILE.read_text(encoding="utf-8").strip()
    command = ["git", "-C", str(_ROOT), "describe", "--always", "--dirty", "--abbrev=40"]
    try:
        found = subprocess.run(command, check=True, capture_output=True, text=True, timeout=10)  # noqa: S603 - a constant
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return found.stdout.strip()


def video_metadata(job: ClaimedJob, result: ResultEvent) -> dict[str, Any]:
    """The metadata of a result's videos: the job, the concept version and the base model."""
    concept = None if isinstance(job.spec, TrainingSpec) else job.spec.concept
    return {
        "job_id": job.id,
        "attempt": job.attempt,
        "concept": f"{concept.concept_id}@{concept.version}" if concept else None,
        "base_model": result.base.model_dump(),
    }


def preview_metadata(job: ClaimedJob, event: PreviewEvent) -> dict[str, Any]:
    """The metadata of a training's preview: the job, the concept, the step and the base model."""
    return {
        "job_id": job.id,
        "attempt": job.attempt,
        "concept": job.spec.concept_id if isinstance(job.spec, TrainingSpec) else None,
        "step": event.step,
        "base_model": event.base.model_dump(),
    }


def manifest(job: ClaimedJob, result: ResultEvent) -> dict[str, Any]:
    """The content of a result's manifest, without its files."""
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


def write_metadata(video: Path, metadata: dict[str, Any]) -> None:
    """Write `metadata`, the code revision and the IPTC source type into an mp4's `comment`, as JSON.

    The video stream is copied without decoding. The metadata is information, not proof: an editor can remove it.
    """
    comment = {"generator": "Choreo", "revision": revision(), "digitalSourceType": SOURCE_TYPE} | metadata
    draft = video.with_name(f"{video.name}.draft")
    with (
        av.open(str(video)) as source,
        av.open(str(draft), mode="w", format="mp4", options={"movflags": "+faststart"}) as target,
    ):
        target.metadata["comment"] = json.dumps(comment, sort_keys=True, allow_nan=False)
        input_stream = source.streams.video[0]
        output_stream = target.add_stream_from_template(input_stream)
        for packet in source.demux(input_stream):
            if packet.dts is not None:  # the last packet only flushes
                packet.stream = output_stream
                target.mux(packet)
    draft.replace(video)
