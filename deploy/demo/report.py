"""The demo's results: a table for people, a JSON file for programs."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from choreo.models import GenerationJob, Job, TrainingJob
from services.motion.evaluation.metrics import exact
from services.motion.evaluation.metrics.exact import Scores
from services.motion.evaluation.metrics.registry import Frames
from services.motion.world import trajectories
from shared.files import write_atomically


class Video(NamedTuple):
    """One generated video, its frames as F x H x W x 3 bytes of RGB, and its scores."""

    file: Path
    job: GenerationJob
    frames: Frames
    scores: Scores


class ArmResult(NamedTuple):
    """The training (None for the base model) and the videos of one arm."""

    name: str
    training: TrainingJob | None
    concept_version: str | None
    videos: Sequence[Video]

    @property
    def scores(self) -> Scores:
        """The mean over its videos."""
        return exact.mean([video.scores for video in self.videos])

    @property
    def generation_seconds(self) -> float:
        """The sum over its videos."""
        return sum(seconds_of(video.job) for video in self.videos)


class Outcome(NamedTuple):
    """Everything that one run of the demo measured and wrote."""

    arms: Sequence[ArmResult]
    reference_fidelity: float
    """The least motion fidelity among the reference clips, each against all of them."""
    webhook_id: str | None
    picture: Path
    contact_sheet: Path
    seconds: float


def seconds_of(job: Job) -> float:
    """From a job's start to its end."""
    return (job.finished_at - job.started_at).total_seconds() if job.finished_at and job.started_at else 0.0


def fidelity_of_references(clips: Sequence[Frames]) -> float:
    """The least motion fidelity of the reference clips themselves: what a perfect copy of one would score."""
    paths = exact.paths_of(clips)
    return min(trajectories.fidelity(path, paths) for path in paths)


_HEADINGS = ("", "text alignment", "leakage", "motion fidelity", "train s", "generate s")


def table(outcome: Outcome) -> str:
    """The scores of every arm, and the motion fidelity of the reference clips, as aligned text."""
    rows = [_HEADINGS, *(_row(arm) for arm in outcome.arms)]
    rows.append(("reference clips", "", "", f"{outcome.reference_fidelity:.2f}", "", ""))
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADINGS))]
    lines = ["  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]) for row in rows]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])


def _row(arm: ArmResult) -> tuple[str, ...]:
    training = f"{seconds_of(arm.training):.0f}" if arm.training else ""
    return (arm.name, *(f"{score:.2f}" for score in arm.scores), training, f"{arm.generation_seconds:.0f}")


def explanation(outcome: Outcome) -> str:
    """How the two trained arms differ in settings. It is called the cause only if this run measured the effect."""
    ours, baseline = (next(arm for arm in outcome.arms if arm.name == name) for name in ("Choreo", "MotionDirector"))
    settings = (
        f"MotionDirector's adapter takes part in {_phase(baseline)} of the denoising steps, "
        f"Choreo's in the first {_phase(ours)}."
    )
    more_text = round(ours.scores.text_alignment, 2) > round(baseline.scores.text_alignment, 2)
    less_leakage = round(ours.scores.leakage, 2) < round(baseline.scores.leakage, 2)
    if more_text and less_leakage:
        return f"Why: {settings}\nThe first steps decide the motion, the later ones the looks of the subject."
    return f"{settings}\nIn this run, Choreo's text alignment and leakage are not both better."


def _phase(arm: ArmResult) -> str:
    return f"{float(arm.videos[0].job.spec.phase or 0.0):.0%}"


def save(file: Path, outcome: Outcome) -> None:
    """Write the results as JSON."""
    write_atomically(file, json.dumps(_json_of(outcome), indent=2, allow_nan=False) + "\n")


def _json_of(outcome: Outcome) -> dict[str, Any]:
    return {
        "arms": [_json_of_arm(arm) for arm in outcome.arms],
        "videos": [_json_of_video(arm, video) for arm in outcome.arms for video in arm.videos],
        "reference_motion_fidelity": round(outcome.reference_fidelity, 4),
        "webhook_verified": outcome.webhook_id is not None,
        "webhook_id": outcome.webhook_id,
        "picture": str(outcome.picture),
        "contact_sheet": str(outcome.contact_sheet),
        "seconds": round(outcome.seconds, 1),
    }


def _json_of_arm(arm: ArmResult) -> dict[str, Any]:
    training = arm.training
    return {
        "name": arm.name,
        "concept_version": arm.concept_version,
        "training_job": training.id if training else None,
        "recipe": training.spec.recipe.to_dict() if training else None,
        "training_seconds": seconds_of(training) if training else None,
        "generation_seconds": arm.generation_seconds,
        "scores": _rounded(arm.scores),
    }


def _json_of_video(arm: ArmResult, video: Video) -> dict[str, Any]:
    return {
        "arm": arm.name,
        "path": str(video.file),
        "scores": _rounded(video.scores),
        "spec": video.job.spec.to_dict(),
    }


def _rounded(scores: Scores) -> dict[str, float]:
    return {name: round(score, 4) for name, score in scores._asdict().items()}
