"""The evaluation at the end of a training: its metrics and files become part of the training's result."""

import logging
from pathlib import Path

import torch

from services.motion.artifacts import adapter_files
from services.motion.artifacts.report import write_report
from services.motion.errors import MotionError
from services.motion.evaluation import evaluate
from services.motion.evaluation.evaluate import References, Weights
from services.motion.families.protocol import Bundle
from services.motion.progress import ProgressCallback
from services.motion.training.train import TrainingResult
from shared.schemas.evaluation import EvaluationSettings

log = logging.getLogger(__name__)


def run(
    bundle: Bundle,
    settings: EvaluationSettings,
    trained: TrainingResult,
    workdir: Path,
    *,
    references: References,
    weights: Weights,
    on_progress: ProgressCallback,
    compute_dtype: str = "auto",
) -> TrainingResult:
    """Evaluate what `train.run` left in `workdir`: its result with metrics, previews and a contact sheet.

    If the evaluation fails, the trained adapter is kept, and the report has the reason.
    """
    try:
        found = evaluate.run(
            bundle,
            settings,
            workdir,
            adapter=adapter_files.load_adapter(workdir),
            references=references,
            weights=weights,
            inverted_CFHW=adapter_files.load_noise(workdir) if settings.noise_prior else (),
            on_progress=on_progress,
            compute_dtype=compute_dtype,
        )
    except (MotionError, torch.OutOfMemoryError) as error:
        log.exception("the trained version could not be evaluated")
        report = trained.report | {"evaluation": {"failed": f"{type(error).__name__}: {error}"}}
        files = trained.files
    else:
        metrics = trained.report["metrics"] | found.report["metrics"]
        report = trained.report | {"metrics": metrics, "evaluation": found.report}
        files = list(dict.fromkeys([*trained.files, *found.files]))
    write_report(workdir, report)
    return trained._replace(files=files, report=report)
