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
MAX_BATCH_PIXELS = 2**19
"""Pixels of a batch, all frames counted: sixteen clips of the bundled world, or one of a real base."""
MAX_BATCH_SIZE = 16
MAX_WINDOWS = 16
"""Windows of the reference clips that are compared with, spread evenly over clips and time."""
MAX_WINDOWS_SHOWN = 4
"""Windows of the reference clips on the contact sheet."""


class Weights(NamedTuple):
    """Folders of the models of metrics, in transformers layout; without one, its metrics are not measured."""

    clip: Path | None = None
    xclip: Path | None = None


class References(NamedTuple):
    """The clips that a version was trained on: the available ones, and the ids of the deleted ones."""

    clips: Sequence[ReferenceClip] = ()
    missing: Sequence[str] = ()


NO_WEIGHTS, NO_REFERENCES = Weights(), References()


class EvaluationResult(NamedTuple):
    """The files of an evaluation and its report."""

    files: list[Path]
    report: dict[str, Any]


class Sample(NamedTuple):
    """The prompt and seed of one generated clip."""

    prompt: str
    seed: int


def run(
    bundle: Bundle,
    settings: EvaluationSettings,
    workdir: Path,
    *,
    adapter: Adapter,
    references: References = NO_REFERENCES,
    weights: Weights = NO_WEIGHTS,
    inverted_CFHW: Sequence[Tensor] = (),
    on_progress: ProgressCallback = ignore_progress,
    compute_dtype: str = "auto",
) -> EvaluationResult:
    """Generate the clips of an evaluation and measure them.

    Writes `previews/*.mp4`, a contact sheet and a report into `workdir`.

    Raises MotionError: a size or prior that the base does not allow, a clip that is no video, a folder in `weights`
    that holds no such model.
    """
    started = time.monotonic()
    check(bundle, settings)
    metrics = _metrics(bundle, weights)
    samples = [Sample(prompt, seed) for prompt in settings.prompts for seed in settings.seeds]
    generate = partial(_generate, bundle, settings, samples, inverted_CFHW=inverted_CFHW, compute_dtype=compute_dtype)
    adapted_BFHWX = generate(adapter, on_progress=_half(on_progress, 0))
    base_BFHWX = generate(None, on_progress=_half(on_progress, 1))
    windows = _reference_windows(settings, references.clips)
    evaluation_input = EvaluationInput(
        prompts=[sample.prompt for sample in samples],
        clips_BFHWX=adapted_BFHWX,
        references_FHWX=[window.frames_FHWX for window in windows],
        captions=[clip.caption for clip in references.clips],
    )
    findings = _measure(evaluation_input, base_BFHWX, metrics, on_progress)
    files = [
        *_previews(workdir, settings, samples, adapted_BFHWX),
        _draw(workdir, samples, windows, evaluation_input, base_BFHWX),
    ]
    report = {
        "trial": settings.model_dump(mode="json"),
        "base": bundle.provenance,
        "adapter": adapter.recipe,
        **_measurements(findings, samples),
        "not_measured": _reasons(findings.adapted, references),
        "missing_clips": list(references.missing),
        "seconds": round(time.monotonic() - started, 3),
        "versions": library_versions(),
    }
    return EvaluationResult([*files, write_report(workdir, report)], report)


def check(bundle: Bundle, settings: EvaluationSettings) -> None:
    """Raise MotionError for settings that the base model does not support, before sampling."""
    bundle.latent_size(VideoSize(settings.num_frames, settings.height, settings.width))
    check_scheduler(bundle, settings)


def _generate(
    bundle: Bundle,
    settings: EvaluationSettings,
    samples: Sequence[Sample],
    adapter: Adapter | None,
    *,
    inverted_CFHW: Sequence[Tensor],
    on_progress: ProgressCallback,
    compute_dtype: str,
) -> Frames:
    """The clip of every sample, with the adapter, or by the base model without adapter, highway and prior."""
    sampling = SamplingSettings.of(settings) if adapter else SamplingSettings(settings.steps, settings.guidance_scale)
    return denoise(
        bundle,
        [sample.prompt for sample in samples],
        size=VideoSize(settings.num_frames, settings.height, settings.width),
        generators=[noise.make_generator(sample.seed) for sample in samples],
        settings=sampling,
        negative_prompt=settings.negative_prompt,
        adapter=adapter,
        inverted_CFHW=inverted_CFHW,
        compute_dtype=compute_dtype,
        batch_size=_batch_size(settings),
        on_progress=on_progress,
    )


def _batch_size(settings: EvaluationSettings) -> int:
    return max(1, min(MAX_BATCH_SIZE, MAX_BATCH_PIXELS // (settings.num_frames * settings.height * settings.width)))


def _half(on_progress: ProgressCallback, which: int) -> ProgressCallback:
    """A report of one of two equal halves as a report of the whole."""

    def shift(progress: StepProgress) -> None:
        step, total = progress.step + which * progress.total_steps, 2 * progress.total_steps
        left = (total - step) * progress.seconds_per_step if progress.seconds_per_step is not None else None
        on_progress(progress._replace(step=step, total_steps=total, eta_seconds=left))

    return shift


class ReferenceWindow(NamedTuple):
    """A window of a reference clip, with the length and size of the generated clips."""

    caption: str
    frames_FHWX: Frames


def _reference_windows(settings: EvaluationSettings, clips: Sequence[ReferenceClip]) -> list[ReferenceWindow]:
    found: list[ReferenceWindow] = []
    chosen = [clips[index] for index in _spread(len(clips), MAX_WINDOWS)]
    for clip in chosen:
        frames_THWX = video.read(
            clip.path, fps=settings.fps, height=settings.height, width=settings.width, min_frames=settings.num_frames
        )
        starts = _spread(len(frames_THWX) - settings.num_frames + 1, MAX_WINDOWS // len(chosen))
        windows = (frames_THWX[start : start + settings.num_frames].copy() for start in starts)
        found += [ReferenceWindow(clip.caption, frames_FHWX) for frames_FHWX in windows]
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


def _measurements(findings: Findings, samples: Sequence[Sample]) -> dict[str, Any]:
    return {
        "metrics": means(findings.adapted),
        "base_metrics": means(findings.base),
        "measured_by": {column.name: column.how for column in findings.adapted if column.mean is not None},
        "clips": _rows(findings.adapted, samples),
        "base_clips": _rows(findings.base, samples),
    }


def _rows(columns: Sequence[Column], samples: Sequence[Sample]) -> list[dict[str, Any]]:
    """Each clip with the metrics that are its own."""
    own = [column for column in columns if column.values and not column.together]
    return [
        sample._asdict() | {"metrics": {column.name: column.values[index] for column in own}}
        for index, sample in enumerate(samples)
    ]


def _reasons(columns: Sequence[Column], references: References) -> Mapping[str, str]:
    deleted = f": {', '.join(references.missing)} deleted" if references.missing else ""
    missing = {
        column.name: column.reason + (deleted if column.reason == NO_REFERENCE else "")
        for column in columns
        if column.mean is None
    }
    if not any(column.name == "text_alignment" for column in columns):
        missing["text_alignment"] = "no CLIP is configured"
    return missing


def _previews(
    workdir: Path, settings: EvaluationSettings, samples: Sequence[Sample], clips_BFHWX: Frames
) -> list[Path]:
    """Each prompt's clip with the first seed, as a video."""
    folder = workdir / PREVIEWS
    folder.mkdir(parents=True, exist_ok=True)
    first = range(0, len(samples), len(settings.seeds))
    return [
        video.write(folder / f"prompt-{number:02}.mp4", clips_BFHWX[index], fps=settings.fps)
        for number, index in enumerate(first, start=1)
    ]


def _draw(
    workdir: Path,
    samples: Sequence[Sample],
    windows: Sequence[ReferenceWindow],
    evaluation_input: EvaluationInput,
    base_BFHWX: Frames,
) -> Path:
    """The contact sheet: reference clips, the version's clips, and the base model's clips."""
    legends = [f"{sample.prompt}   (seed {sample.seed})" for sample in samples]
    references = [contact_sheet.Strip(*window) for window in windows[:MAX_WINDOWS_SHOWN]]
    sections = [
        contact_sheet.Section("the reference clips", references),
        contact_sheet.Section("the version", list(map(contact_sheet.Strip, legends, evaluation_input.clips_BFHWX))),
        contact_sheet.Section("the base model", list(map(contact_sheet.Strip, legends, base_BFHWX))),
    ]
    return contact_sheet.write(workdir / SHEET, [section for section in sections if section.strips])
