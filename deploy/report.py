"""What the demo says at its end: a table and paths for people, a JSON file for programs."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from deploy.scores import Scores, mean
from deploy.state import write_whole


class Video(NamedTuple):
    """One generated clip with its scores."""

    path: Path
    prompt: str
    preset: str | None
    highway: str
    seed: int
    scores: Scores


class Method(NamedTuple):
    """One way to customise the base, or the base itself, with what it made; times in seconds."""

    name: str
    preset: str | None
    highway: str
    concept_version: str | None
    training_job: str | None
    training_seconds: float | None
    generation_seconds: float
    videos: Sequence[Video]

    @property
    def scores(self) -> Scores:
        """The average over its videos."""
        return mean([video.scores for video in self.videos])


class Outcome(NamedTuple):
    """All that the demo found out."""

    methods: Sequence[Method]
    reference_fidelity: float
    webhook: str | None
    contact_sheet: Path
    seconds: float


_HEADINGS = ("", "text alignment", "leakage", "motion fidelity", "train s", "generate s")


def table(outcome: Outcome) -> str:
    """The scores of every method, and of the reference clips themselves, as aligned text."""
    rows = [_HEADINGS, *(_row(method) for method in outcome.methods)]
    rows.append(("the reference clips", "", "", f"{outcome.reference_fidelity:.2f}", "", ""))
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADINGS))]
    lines = ["  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]) for row in rows]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])


def _row(method: Method) -> tuple[str, ...]:
    scores = (f"{score:.2f}" for score in method.scores)
    training = "" if method.training_seconds is None else f"{method.training_seconds:.0f}"
    return (method.name, *scores, training, f"{method.generation_seconds:.0f}")


def save(file: Path, outcome: Outcome) -> None:
    """Write the same facts as JSON."""
    write_whole(file, json.dumps(_facts(outcome), indent=2) + "\n")


def _facts(outcome: Outcome) -> dict[str, Any]:
    ours = outcome.methods[0]
    return {
        "videos": [_video_facts(video) for method in outcome.methods for video in method.videos],
        "methods": [_method_facts(method) for method in outcome.methods],
        "reference_motion_fidelity": round(outcome.reference_fidelity, 4),
        "webhook_verified": outcome.webhook is not None,
        "webhook_id": outcome.webhook,
        "concept_version": ours.concept_version,
        "contact_sheet": str(outcome.contact_sheet),
        "seconds": round(outcome.seconds, 1),
    }


def _video_facts(video: Video) -> dict[str, Any]:
    return video._asdict() | {"path": str(video.path), "scores": _rounded(video.scores)}


def _method_facts(method: Method) -> dict[str, Any]:
    facts = method._asdict()
    del facts["videos"]
    return facts | {"scores": _rounded(method.scores)}


def _rounded(scores: Scores) -> dict[str, float]:
    return {name: round(score, 4) for name, score in scores._asdict().items()}
