"""Previews: what an adapter that is still being trained performs, rendered while its training steps aside."""

import logging
from pathlib import Path
from typing import NamedTuple

import torch

from services.motion import noise, video
from services.motion.artifacts import Adapter
from services.motion.errors import MotionError, Unsuitable
from services.motion.families.protocol import Bundle
from services.motion.progress import Report, ignore
from services.motion.sample import Guidance, denoise
from services.motion.shapes import VideoSize
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
            return Preview(path=_render(bundle, adapter, spec, path, report, compute_dtype))
    except (MotionError, torch.OutOfMemoryError) as error:
        log.exception("the preview could not be rendered")
        return Preview(error=f"{type(error).__name__}: {error}")


def _render(
    bundle: Bundle, adapter: Adapter, spec: PreviewSpec, path: Path, report: Report, compute_dtype: str
) -> Path:
    if spec.scheduler != bundle.schedule.sampler_name:
        raise Unsuitable(f"{bundle.family} is sampled with {bundle.schedule.sampler_name!r}, not {spec.scheduler!r}")
    frames_BFHWX = denoise(
        bundle,
        [spec.prompt],
        size=VideoSize(spec.num_frames, spec.height, spec.width),
        generators=[noise.make_generator(spec.seed)],
        guidance=Guidance(
            spec.steps, spec.guidance_scale, spec.adapter_scale, spec.highway.mode, spec.highway.gain, spec.phase
        ),
        negative_prompt=spec.negative_prompt,
        adapter=adapter,
        compute_dtype=compute_dtype,
        report=report,
    )
    return video.write(path, frames_BFHWX[0], fps=spec.fps)
