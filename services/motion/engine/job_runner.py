"""Runs one job in the engine process, from its request to its final event."""

import logging
import os
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from services.motion.artifacts import adapter_files
from services.motion.artifacts.report import write_report
from services.motion.compute import precision
from services.motion.engine import error_classification
from services.motion.engine.messages import (
    CanceledEvent,
    CheckpointEvent,
    EngineEvent,
    EngineRequest,
    FailedEvent,
    JobStats,
    PreviewCommand,
    PreviewEvent,
    ProgressEvent,
    ResultEvent,
)
from services.motion.engine.model_cache import ModelCache
from services.motion.errors import MotionError, NotAnAdapter
from services.motion.evaluation import evaluate, post_training
from services.motion.evaluation.evaluate import References, Weights
from services.motion.families.protocol import Bundle
from services.motion.progress import Canceled, ProgressReporter, StepProgress, peak_memory, reset_peak_memory
from services.motion.sampling import sample, training_preview
from services.motion.training import train
from services.motion.training.train import PausedTraining, ReferenceClip
from shared.schemas.concept import BaseModelRevision
from shared.schemas.evaluation import EvaluationSpec
from shared.schemas.generation import GenerationSpec
from shared.schemas.training import TrainingSpec

log = logging.getLogger(__name__)

_PHASE_FRACTIONS = {
    "training": {
        "loading": (0.0, 0.02),
        "encoding": (0.02, 0.05),
        "training": (0.05, 0.9),
        "saving": (0.9, 0.91),
        "sampling": (0.91, 0.99),
        "measuring": (0.99, 1.0),
    },
    "generation": {"loading": (0.0, 0.05), "sampling": (0.05, 1.0)},
    "evaluation": {"loading": (0.0, 0.05), "sampling": (0.05, 0.9), "measuring": (0.9, 1.0)},
}
"""Start and end of each phase as fractions of the whole job."""

_VIDEO_FILE = "video.mp4"

SendEvent = Callable[[EngineEvent], None]


class JobSignals(NamedTuple):
    """Requests to a running job, polled at every step."""

    is_canceled: Callable[[], bool]
    """Whether the job is to stop."""
    take_checkpoint_request: Callable[[], bool]
    """Whether a checkpoint was requested since the last call."""
    take_preview_request: Callable[[], PreviewCommand | None]
    """Removes and returns the next preview request."""


class JobRunner:
    """Runs one job request."""

    def __init__(
        self,
        request: EngineRequest,
        models: ModelCache,
        emit: SendEvent,
        signals: JobSignals,
        compute_dtype: str = "auto",
    ) -> None:
        self._request, self._models, self._emit, self._signals = request, models, emit, signals
        self._compute_dtype = compute_dtype
        self._preview_request: PreviewCommand | None = None
        self._step, self._fraction = 0, 0.0
        self._started = time.monotonic()
        self._peak_memory = 0

    def run(self) -> None:
        """Run the job; emits progress events and exactly one final event."""
        reset_peak_memory()
        try:
            self._emit(self._run_job())
        except Canceled:
            self._emit(CanceledEvent(job_id=self._request.job_id, step=self._step))
        except MotionError as error:
            log.warning("%s: %s", self._request.job_id, error)
            code = error_classification.classify(error)
            if code == error_classification.INTERNAL:
                self._fail(error.code, str(error), retryable=False, fault=error.fault)
            else:  # a file could not be read because of the machine's disk or memory
                self._fail(code, str(error), retryable=True, fault="service")
        except ValidationError as error:
            self._fail("invalid_spec", str(error), retryable=False, fault="service")
        except Exception as error:  # a bug fails the job and does not end the engine process
            log.exception("%s", self._request.job_id)
            self._models.clear()  # their state is unknown
            self._fail(
                error_classification.classify(error),
                f"{type(error).__name__}: {error}",
                retryable=True,
                fault="service",
            )

    def _run_job(self) -> ResultEvent:
        progress = ProgressReporter(self._on_progress, "loading", 1)
        bundle = self._models.base(self._request.base_folder)
        progress.advance()
        runners = {"training": self._train, "generation": self._sample, "evaluation": self._evaluate}
        return runners[self._request.kind](bundle)

    def _train(self, bundle: Bundle) -> ResultEvent:
        request = self._request
        spec = TrainingSpec.model_validate(request.spec)
        if spec.evaluation:
            evaluate.check(bundle, spec.evaluation)  # fail now rather than after the training
        result = train.run(
            bundle,
            spec.recipe,
            self._references.clips,
            request.workdir,
            on_progress=self._on_progress,
            compute_dtype=self._compute_dtype,
            resume=request.resume_from,
            on_checkpoint=self._on_checkpoint,
            checkpoint_requested=self._signals.take_checkpoint_request,
            pause_requested=self._preview_requested,
            on_pause=partial(self._render_previews, bundle),
        )
        if spec.evaluation:
            result = post_training.run(
                bundle,
                spec.evaluation,
                result,
                request.workdir,
                references=self._references,
                weights=self._weights,
                on_progress=self._on_progress,
                compute_dtype=self._compute_dtype,
            )
        return self._result(bundle, result.files, result.report, result.resumed_from_step)

    def _sample(self, bundle: Bundle) -> ResultEvent:
        request = self._request
        adapter = self._models.adapter(request.adapter) if request.adapter else None
        result = sample.run(
            bundle,
            GenerationSpec.model_validate(request.spec),
            request.workdir / _VIDEO_FILE,
            adapter=adapter,
            inverted_CFHW=adapter_files.load_noise(request.inverted_noise) if request.inverted_noise else [],
            on_progress=self._on_progress,
            compute_dtype=self._compute_dtype,
        )
        files = [*result.files, write_report(request.workdir, result.report)]
        return self._result(bundle, files, result.report, None)

    def _evaluate(self, bundle: Bundle) -> ResultEvent:
        request = self._request
        if request.adapter is None:
            raise NotAnAdapter("an evaluation needs the adapter of the version")
        result = evaluate.run(
            bundle,
            EvaluationSpec.model_validate(request.spec),
            request.workdir,
            adapter=self._models.adapter(request.adapter),
            references=self._references,
            weights=self._weights,
            inverted_CFHW=adapter_files.load_noise(request.inverted_noise) if request.inverted_noise else [],
            on_progress=self._on_progress,
            compute_dtype=self._compute_dtype,
        )
        return self._result(bundle, result.files, result.report, None)

    @property
    def _references(self) -> References:
        clips = [ReferenceClip(clip.path, clip.caption) for clip in self._request.clips]
        return References(clips, self._request.missing_clips)

    @property
    def _weights(self) -> Weights:
        return Weights(self._request.clip_model, self._request.xclip_model)

    def _on_checkpoint(self, step: int, path: Path) -> None:
        self._emit(CheckpointEvent(job_id=self._request.job_id, step=step, path=path))

    def _on_progress(self, progress: StepProgress) -> None:
        self._step = progress.step
        low, high = _PHASE_FRACTIONS[self._request.kind][progress.phase]
        self._fraction = low + (high - low) * progress.step / progress.total_steps
        self._emit_progress(progress)
        if self._checkpoint_requested_after_training(progress):
            raise Canceled

    def _emit_progress(self, progress: StepProgress) -> None:
        self._peak_memory = max(self._peak_memory, progress.memory_bytes)
        self._emit(ProgressEvent(job_id=self._request.job_id, fraction=self._fraction, **progress._asdict()))
        if self._signals.is_canceled():
            raise Canceled

    def _preview_requested(self) -> bool:
        self._preview_request = self._preview_request or self._signals.take_preview_request()
        return self._preview_request is not None

    def _render_previews(self, bundle: Bundle, paused: PausedTraining) -> None:
        """Render all requested previews with the current adapter; a checkpoint request is served meanwhile."""

        def on_progress(progress: StepProgress) -> None:
            if self._signals.take_checkpoint_request():
                paused.save()
            self._emit_progress(progress._replace(phase="previewing"))

        while self._preview_requested() and (request := self._preview_request):
            self._preview_request = None
            path = self._request.workdir / training_preview.FOLDER / f"{request.number:04d}.mp4"
            preview = training_preview.render(
                bundle, paused.adapter, request.spec, path, on_progress=on_progress, compute_dtype=self._compute_dtype
            )
            self._emit(
                PreviewEvent(
                    job_id=request.job_id,
                    number=request.number,
                    step=paused.step,
                    base=self._base_model(bundle),
                    path=preview.path,
                    error=preview.error,
                )
            )

    def _checkpoint_requested_after_training(self, progress: StepProgress) -> bool:
        """Whether a checkpoint was requested during the post-training evaluation. The last one is then up to date."""
        is_evaluating = self._request.kind == "training" and progress.phase in ("sampling", "measuring")
        return is_evaluating and self._signals.take_checkpoint_request()

    def _result(
        self, bundle: Bundle, files: list[Path], report: dict[str, Any], resumed_from_step: int | None
    ) -> ResultEvent:
        request, models = self._request, self._models
        return ResultEvent(
            job_id=request.job_id,
            files={path.relative_to(request.workdir).as_posix(): path for path in files},
            base=self._base_model(bundle),
            report=report,
            stats=JobStats(
                base_loads=models.base_loads,
                adapter_loads=models.adapter_loads,
                engine_pid=os.getpid(),
                device=str(bundle.device),
                base_dtype=precision.dtype_name(bundle.dtype),
                compute_dtype=precision.dtype_name(precision.resolve_compute_dtype(self._compute_dtype, bundle.device)),
                resumed_from_step=resumed_from_step,
                peak_memory_bytes=max(self._peak_memory, peak_memory()),
                compute_seconds=time.monotonic() - self._started,
            ),
        )

    def _base_model(self, bundle: Bundle) -> BaseModelRevision:
        return BaseModelRevision(
            id=self._request.base_model, revision=bundle.revision, content_hash=bundle.content_hash
        )

    def _fail(self, code: str, message: str, *, retryable: bool, fault: str) -> None:
        failed = {"code": code, "message": message, "retryable": retryable, "fault": fault}
        self._emit(FailedEvent.model_validate({"job_id": self._request.job_id, **failed}))
