"""The evaluation recipe: clips of a version and of the base model, for the same prompts and seeds, are measured.

Suffixes: B clips, F frames, C channels, H height, W width, X colour.
"""

import time
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from torch import Tensor

from services.motion import video
from services.motion.artifacts.adapter_files import Adapter
from services.motion.artifacts.report import library_versions, write_report
from services.motion.evaluation import contact_sheet
from services.motion.evaluation.metrics.clip import Clip, ClipMetrics
from services.motion.evaluation.metrics.embedding import ColourHistogram, EmbeddingMetrics
from services.motion.evaluation.metrics.exact import Exact
from services.motion.evaluation.metrics.point_tracks import Tracks
from services.motion.evaluation.metrics.registry import NO_REFERENCE, Column, EvaluationInput, Metric, fill
from services.motion.evaluation.metrics.xclip import XClip
from services.motion.families.protocol import Bundle
from services.motion.method import noise
from services.motion.progress import ProgressCallback, ProgressReporter, StepProgress, ignore_progress
from services.motion.sampling.sample import SamplingSettings, check_scheduler, denoise
from services.motion.shapes import Frames, VideoSize
from services.motion.training.train import ReferenceClip
from shared.schemas.evaluation import EvaluationSettings

PREVIEWS = "previews"
SHEET = "contact-sheet.png"
PIXELS_AT_ONCE = 2**19
"""Pixels of a batch, all frames counted: sixteen clips of the bundled world, or one of a real base."""
MOST_AT_ONCE = 16
MOST_MOMENTS = 16
"""Moments of the reference clips that are compared with, spread evenly over clips and time."""
MOST_DRAWN = 4
"""Moments of the reference clips on the contact sheet."""


class Weights(NamedTuple):
    """Folders of models that measure, in transformers layout; without one, what it measures stays unmeasured."""

    clip: Path | None = None
    xclip: Path | None = None


class References(NamedTuple):
    """The clips that a version was trained on: those that are there, and what became of the others."""

    clips: Sequence[ReferenceClip] = ()
    missing: Sequence[str] = ()


NO_WEIGHTS, NO_REFERENCES = Weights(), References()


class EvaluationResult(NamedTuple):
    """What an evaluation leaves in its work folder."""

    files: list[Path]
    report: dict[str, Any]


class Shot(NamedTuple):
    """One clip of a trial."""

    prompt: str
    seed: int


def run(
    bundle: Bundle,
    trial: EvaluationSettings,
    workdir: Path,
    *,
    adapter: Adapter,
    references: References = NO_REFERENCES,
    weights: Weights = NO_WEIGHTS,
    inverted_CFHW: Sequence[Tensor] = (),
    on_progress: ProgressCallback = ignore_progress,
    compute_dtype: str = "auto",
) -> EvaluationResult:
    """Perform the trial and measure it; writes `previews/*.mp4`, a contact sheet and a report into `workdir`.

    Raises MotionError: a size or prior that the base does not allow, a clip that is no video, a folder in `weights`
    that holds no such model.
    """
    started = time.monotonic()
    check(bundle, trial)
    metrics = _metrics(bundle, weights)
    shots = [Shot(prompt, seed) for prompt in trial.prompts for seed in trial.seeds]
    generate = partial(_generate, bundle, trial, shots, inverted_CFHW=inverted_CFHW, compute_dtype=compute_dtype)
    adapted_BFHWX = generate(adapter, on_progress=_half(on_progress, 0))
    base_BFHWX = generate(None, on_progress=_half(on_progress, 1))
    moments = _moments(trial, references.clips)
    evaluation_input = EvaluationInput(
        prompts=[shot.prompt for shot in shots],
        clips_BFHWX=adapted_BFHWX,
        references_FHWX=[moment.frames_FHWX for moment in moments],
        captions=[clip.caption for clip in references.clips],
    )
    findings = _measure(evaluation_input, base_BFHWX, metrics, on_progress)
    files = [
        *_previews(workdir, trial, shots, adapted_BFHWX),
        _draw(workdir, shots, moments, evaluation_input, base_BFHWX),
    ]
    facts = {
        "trial": trial.model_dump(mode="json"),
        "base": bundle.provenance,
        "adapter": adapter.recipe,
        **_facts(findings, shots),
        "not_measured": _reasons(findings.adapted, references),
        "missing_clips": list(references.missing),
        "seconds": round(time.monotonic() - started, 3),
        "versions": library_versions(),
    }
    return EvaluationResult([*files, write_report(workdir, facts)], facts)


def check(bundle: Bundle, trial: EvaluationSettings) -> None:
    """Raise MotionError for a trial that the base model does not support, before sampling."""
    bundle.latent_size(VideoSize(trial.num_frames, trial.height, trial.width))
    check_scheduler(bundle, trial)


def _generate(
    bundle: Bundle,
    trial: EvaluationSettings,
    shots: Sequence[Shot],
    adapter: Adapter | None,
    *,
    inverted_CFHW: Sequence[Tensor],
    on_progress: ProgressCallback,
    compute_dtype: str,
) -> Frames:
    """The clip of every shot, with the adapter, or by the base model without adapter, highway and prior."""
    settings = SamplingSettings.of(trial) if adapter else SamplingSettings(trial.steps, trial.guidance_scale)
    return denoise(
        bundle,
        [shot.prompt for shot in shots],
        size=VideoSize(trial.num_frames, trial.height, trial.width),
        generators=[noise.make_generator(shot.seed) for shot in shots],
        settings=settings,
        negative_prompt=trial.negative_prompt,
        adapter=adapter,
        inverted_CFHW=inverted_CFHW,
        compute_dtype=compute_dtype,
        batch_size=_batch_size(trial),
        on_progress=on_progress,
    )


def _batch_size(trial: EvaluationSettings) -> int:
    return max(1, min(MOST_AT_ONCE, PIXELS_AT_ONCE // (trial.num_frames * trial.height * trial.width)))


def _half(on_progress: ProgressCallback, which: int) -> ProgressCallback:
    """A report of one of two equal halves as a report of the whole."""

    def say(progress: StepProgress) -> None:
        step, total = progress.step + which * progress.total_steps, 2 * progress.total_steps
        left = (total - step) * progress.seconds_per_step if progress.seconds_per_step is not None else None
        on_progress(progress._replace(step=step, total_steps=total, eta_seconds=left))

    return say


class Moment(NamedTuple):
    """A part of a reference clip, as long and as large as what is performed."""

    caption: str
    frames_FHWX: Frames


def _moments(trial: EvaluationSettings, clips: Sequence[ReferenceClip]) -> list[Moment]:
    found: list[Moment] = []
    chosen = [clips[index] for index in _spread(len(clips), MOST_MOMENTS)]
    for clip in chosen:
        frames_THWX = video.read(
            clip.path, fps=trial.fps, height=trial.height, width=trial.width, min_frames=trial.num_frames
        )
        starts = _spread(len(frames_THWX) - trial.num_frames + 1, MOST_MOMENTS // len(chosen))
        found += [Moment(clip.caption, frames_THWX[start : start + trial.num_frames].copy()) for start in starts]
    return found


def _spread(number: int, most: int) -> list[int]:
    """Up to `most` of the first `number` integers, evenly spread."""
    return sorted({round(place) for place in np.linspace(0, number - 1, min(number, most))})


def _metrics(bundle: Bundle, weights: Weights) -> list[Metric]:
    """The available metrics for this base model, the most exact first."""
    found: list[Metric] = []
    if bundle.card.get("evaluation_defaults", {}).get("exact"):
        found.append(Exact())
    found.append(
        ClipMetrics(Clip(weights.clip, bundle.device)) if weights.clip else EmbeddingMetrics(ColourHistogram())
    )
    found.append(Tracks())
    if weights.xclip:
        found.append(XClip(weights.xclip, bundle.device))
    return found


class Findings(NamedTuple):
    """The columns of the version's clips and of the base model's."""

    adapted: list[Column]
    base: list[Column]


def _measure(
    evaluation_input: EvaluationInput, base_BFHWX: Frames, metrics: Sequence[Metric], on_progress: ProgressCallback
) -> Findings:
    progress = ProgressReporter(on_progress, "measuring", 2)
    adapted = fill(metrics, evaluation_input._replace(base_BFHWX=base_BFHWX))
    progress.advance()
    base = fill(metrics, evaluation_input._replace(clips_BFHWX=base_BFHWX))
    progress.advance()
    return Findings(adapted, base)


def means(columns: Sequence[Column]) -> dict[str, float]:
    """The metrics that have a value, by name."""
    return {column.name: round(column.mean, 6) for column in columns if column.mean is not None}


def _facts(findings: Findings, shots: Sequence[Shot]) -> dict[str, Any]:
    return {
        "metrics": means(findings.adapted),
        "base_metrics": means(findings.base),
        "measured_by": {column.name: column.how for column in findings.adapted if column.mean is not None},
        "clips": _rows(findings.adapted, shots),
        "base_clips": _rows(findings.base, shots),
    }


def _rows(columns: Sequence[Column], shots: Sequence[Shot]) -> list[dict[str, Any]]:
    """Each clip with the metrics that are its own."""
    own = [column for column in columns if column.values and not column.together]
    return [
        shot._asdict() | {"metrics": {column.name: column.values[index] for column in own}}
        for index, shot in enumerate(shots)
    ]


def _reasons(columns: Sequence[Column], references: References) -> Mapping[str, str]:
    gone = f": {', '.join(references.missing)} deleted" if references.missing else ""
    missing = {
        column.name: column.reason + (gone if column.reason == NO_REFERENCE else "")
        for column in columns
        if column.mean is None
    }
    if not any(column.name == "text_alignment" for column in columns):
        missing["text_alignment"] = "no CLIP is configured"
    return missing


def _previews(workdir: Path, trial: EvaluationSettings, shots: Sequence[Shot], clips_BFHWX: Frames) -> list[Path]:
    """Each prompt's clip with the first seed, as a video."""
    folder = workdir / PREVIEWS
    folder.mkdir(parents=True, exist_ok=True)
    first = range(0, len(shots), len(trial.seeds))
    return [
        video.write(folder / f"prompt-{number:02}.mp4", clips_BFHWX[index], fps=trial.fps)
        for number, index in enumerate(first, start=1)
    ]


def _draw(
    workdir: Path,
    shots: Sequence[Shot],
    moments: Sequence[Moment],
    evaluation_input: EvaluationInput,
    base_BFHWX: Frames,
) -> Path:
    """The contact sheet: reference clips, the version's clips, and the base model's clips."""
    legends = [f"{shot.prompt}   (seed {shot.seed})" for shot in shots]
    sections = [
        contact_sheet.Section("the reference clips", [contact_sheet.Strip(*moment) for moment in moments[:MOST_DRAWN]]),
        contact_sheet.Section("the version", list(map(contact_sheet.Strip, legends, evaluation_input.clips_BFHWX))),
        contact_sheet.Section("the base model", list(map(contact_sheet.Strip, legends, base_BFHWX))),
    ]
    return contact_sheet.write(workdir / SHEET, [section for section in sections if section.strips])
