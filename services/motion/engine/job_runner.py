"""One job inside the engine process: from a request to the event that ends it."""

import logging
import os
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from services.motion.artifacts import adapter_files
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
from services.motion.progress import Canceled, Meter, Progress, peak_memory, reset_peak_memory
from services.motion.sampling import previews, sample
from services.motion.training import train
from services.motion.training.train import Pause, ReferenceClip
from shared.schemas.concept import BaseModelRevision
from shared.schemas.evaluation import EvaluationSpec
from shared.schemas.generation import GenerationSpec
from shared.schemas.training import TrainingSpec

log = logging.getLogger(__name__)

_SPANS = {
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
"""Which part of the whole job each phase is."""

Emit = Callable[[EngineEvent], None]


class JobSignals(NamedTuple):
    """What is wanted of a job while it runs, asked for at every step."""

    canceled: Callable[[], bool]
    """Whether to stop."""
    checkpoint: Callable[[], bool]
    """Whether a checkpoint was asked for; each asking counts once."""
    preview: Callable[[], PreviewCommand | None]
    """The next preview that was asked for; each is handed out once."""


class JobRunner:
    """Carries out one request."""

    def __init__(
        self, request: EngineRequest, warm: ModelCache, emit: Emit, signals: JobSignals, compute_dtype: str = "auto"
    ) -> None:
        self._request, self._warm, self._emit, self._signals = request, warm, emit, signals
        self._compute_dtype = compute_dtype
        self._preview: PreviewCommand | None = None
        self._step, self._fraction = 0, 0.0
        self._started = time.monotonic()
        self._peak = 0

    def run(self) -> None:
        """Emit the job's progress and exactly one event that ends it."""
        reset_peak_memory()
        try:
            self._emit(self._perform())
        except Canceled:
            self._emit(CanceledEvent(job_id=self._request.job_id, step=self._step))
        except MotionError as error:
            log.warning("%s: %s", self._request.job_id, error)
            lack = error_classification.code_of(error)
            if lack == error_classification.INTERNAL:
                self._fail(error.code, str(error), retryable=False, fault=error.fault)
            else:  # it says that something cannot be read, and that is the machine's fault
                self._fail(lack, str(error), retryable=True, fault="service")
        except ValidationError as error:
            self._fail("invalid_spec", str(error), retryable=False, fault="service")
        except Exception as error:  # the process's edge: a bug ends the job, not the engine
            log.exception("%s", self._request.job_id)
            self._warm.clear()  # whatever state it left behind
            self._fail(
                error_classification.code_of(error), f"{type(error).__name__}: {error}", retryable=True, fault="service"
            )

    def _perform(self) -> ResultEvent:
        meter = Meter(self._report, "loading", 1)
        bundle = self._warm.base(self._request.base_folder)
        meter.tick()
        recipes = {"training": self._train, "generation": self._sample, "evaluation": self._evaluate}
        return recipes[self._request.kind](bundle)

    def _train(self, bundle: Bundle) -> ResultEvent:
        request = self._request
        spec = TrainingSpec.model_validate(request.spec)
        if spec.evaluation:
            evaluate.check(bundle, spec.evaluation)  # what would fail at the end fails now
        result = train.run(
            bundle,
            spec.recipe,
            self._references.clips,
            request.workdir,
            report=self._report,
            compute_dtype=self._compute_dtype,
            resume=request.resume_from,
            on_checkpoint=self._kept,
            wants_checkpoint=self._signals.checkpoint,
            wants_pause=self._wants_preview,
            on_pause=partial(self._show, bundle),
        )
        if spec.evaluation:
            result = post_training.perform(
                bundle,
                spec.evaluation,
                result,
                request.workdir,
                references=self._references,
                weights=self._weights,
                report=self._report,
                compute_dtype=self._compute_dtype,
            )
        return self._result(bundle, result.files, result.report, result.resumed_from_step)

    def _sample(self, bundle: Bundle) -> ResultEvent:
        request = self._request
        adapter = self._warm.adapter(request.adapter) if request.adapter else None
        result = sample.run(
            bundle,
            GenerationSpec.model_validate(request.spec),
            request.workdir / "video.mp4",
            adapter=adapter,
            inverted_CFHW=adapter_files.load_noise(request.inverted_noise) if request.inverted_noise else [],
            report=self._report,
            compute_dtype=self._compute_dtype,
        )
        files = [*result.files, adapter_files.write_report(request.workdir, result.report)]
        return self._result(bundle, files, result.report, None)

    def _evaluate(self, bundle: Bundle) -> ResultEvent:
        request = self._request
        if request.adapter is None:
            raise NotAnAdapter("an evaluation needs the version's adapter")
        result = evaluate.run(
            bundle,
            EvaluationSpec.model_validate(request.spec),
            request.workdir,
            adapter=self._warm.adapter(request.adapter),
            references=self._references,
            weights=self._weights,
            inverted_CFHW=adapter_files.load_noise(request.inverted_noise) if request.inverted_noise else [],
            report=self._report,
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

    def _kept(self, step: int, path: Path) -> None:
        self._emit(CheckpointEvent(job_id=self._request.job_id, step=step, path=path))

    def _report(self, progress: Progress) -> None:
        self._step = progress.step
        low, high = _SPANS[self._request.kind][progress.phase]
        self._fraction = low + (high - low) * progress.step / progress.total_steps
        self._tell(progress)
        if self._leaves_finale(progress):
            raise Canceled

    def _tell(self, progress: Progress) -> None:
        self._peak = max(self._peak, progress.memory_bytes)
        self._emit(ProgressEvent(job_id=self._request.job_id, fraction=self._fraction, **progress._asdict()))
        if self._signals.canceled():
            raise Canceled

    def _wants_preview(self) -> bool:
        self._preview = self._preview or self._signals.preview()
        return self._preview is not None

    def _show(self, bundle: Bundle, pause: Pause) -> None:
        """Make every preview that was asked for, with the adapter as it is. The place is saved at once if need be."""

        def report(progress: Progress) -> None:
            if self._signals.checkpoint():
                pause.save()
            self._tell(progress._replace(phase="previewing"))

        while self._wants_preview() and (order := self._preview):
            self._preview = None
            path = self._request.workdir / previews.FOLDER / f"{order.number:04d}.mp4"
            made = previews.perform(
                bundle, pause.adapter, order.spec, path, report=report, compute_dtype=self._compute_dtype
            )
            names = {"job_id": order.job_id, "number": order.number, "step": pause.step, "base": self._stamp(bundle)}
            self._emit(PreviewEvent.model_validate(names | made._asdict()))

    def _leaves_finale(self, progress: Progress) -> bool:
        """Whether a place was asked for after the last step of a training: its latest checkpoint is that place."""
        after = self._request.kind == "training" and progress.phase in ("sampling", "measuring")
        return after and self._signals.checkpoint()

    def _result(self, bundle: Bundle, files: list[Path], report: dict[str, Any], resumed: int | None) -> ResultEvent:
        request, warm = self._request, self._warm
        return ResultEvent(
            job_id=request.job_id,
            files={path.relative_to(request.workdir).as_posix(): path for path in files},
            base=self._stamp(bundle),
            report=report,
            stats=JobStats(
                base_loads=warm.base_loads,
                adapter_loads=warm.adapter_loads,
                engine_pid=os.getpid(),
                device=str(bundle.device),
                base_dtype=precision.name_of(bundle.dtype),
                compute_dtype=precision.name_of(precision.resolve(self._compute_dtype, bundle.device)),
                resumed_from_step=resumed,
                peak_memory_bytes=max(self._peak, peak_memory()),
                compute_seconds=time.monotonic() - self._started,
            ),
        )

    def _stamp(self, bundle: Bundle) -> BaseModelRevision:
        return BaseModelRevision(
            id=self._request.base_model, revision=bundle.revision, content_hash=bundle.content_hash
        )

    def _fail(self, code: str, message: str, *, retryable: bool, fault: str) -> None:
        failed = {"code": code, "message": message, "retryable": retryable, "fault": fault}
        self._emit(FailedEvent.model_validate({"job_id": self._request.job_id, **failed}))
