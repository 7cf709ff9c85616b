"""Previews: videos of an adapter during its training, rendered while the training is paused."""

import logging
from pathlib import Path
from typing import NamedTuple

import torch

from services.motion.artifacts.adapter_files import Adapter
from services.motion.errors import MotionError
from services.motion.families.protocol import Bundle
from services.motion.progress import ProgressCallback, ignore_progress
from services.motion.sampling import sample
from shared.schemas.preview import PreviewSpec

log = logging.getLogger(__name__)

FOLDER = "training-previews"
"""The folder of preview files, in the work folder of a training."""


class PreviewResult(NamedTuple):
    """The video, or the error for which there is none."""

    path: Path | None = None
    error: str | None = None


def render(
    bundle: Bundle,
    adapter: Adapter,
    spec: PreviewSpec,
    path: Path,
    *,
    on_progress: ProgressCallback = ignore_progress,
    compute_dtype: str = "auto",
) -> PreviewResult:
    """Render a prompt into the file `path`, as a generation with this adapter would.

    A preview that fails does not fail the training: the result has the error. Exceptions of `on_progress` pass through.
    """
    devices = [bundle.device] if bundle.device.type == "cuda" else []
    try:
        with torch.random.fork_rng(devices=devices):  # attaching an adapter draws from the global generators
            sample.render(bundle, spec, path, adapter=adapter, on_progress=on_progress, compute_dtype=compute_dtype)
            return PreviewResult(path=path)
    except (MotionError, torch.OutOfMemoryError) as error:
        log.exception("rendering the preview failed")
        return PreviewResult(error=f"{type(error).__name__}: {error}")
