"""Previews: what an adapter that is still being trained performs, rendered while its training steps aside."""

import logging
from pathlib import Path
from typing import NamedTuple

import torch

from services.motion.artifacts.adapter_files import Adapter
from services.motion.errors import MotionError
from services.motion.families.protocol import Bundle
from services.motion.progress import Report, ignore
from services.motion.sampling import sample
from shared.schemas.preview import PreviewSpec

log = logging.getLogger(__name__)

FOLDER = "previewed"
"""Below a training's work folder."""


class Preview(NamedTuple):
    """The video, or why there is none."""

    path: Path | None = None
    error: str | None = None


def perform(
    bundle: Bundle,
    adapter: Adapter,
    spec: PreviewSpec,
    path: Path,
    *,
    report: Report = ignore,
    compute_dtype: str = "auto",
) -> Preview:
    """Render one prompt into the file `path`, as a generation with a version made of this adapter would.

    A preview that cannot be rendered costs no training: then it says why. Whatever `report` raises passes through.
    """
    devices = [bundle.device] if bundle.device.type == "cuda" else []
    try:
        with torch.random.fork_rng(devices=devices):  # attaching an adapter draws from the global generators
            made = sample.render(bundle, spec, path, adapter=adapter, report=report, compute_dtype=compute_dtype)
            return Preview(path=made)
    except (MotionError, torch.OutOfMemoryError) as error:
        log.exception("the preview could not be rendered")
        return Preview(error=f"{type(error).__name__}: {error}")
