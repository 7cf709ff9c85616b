"""Generation of videos: a denoising loop that is seeded on the CPU and reproducible to the bit.

See docs/method.md, sections 4 (Phased LoRA Integration) and 6. Suffixes as in shapes.py.
"""

import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from services.motion import video
from services.motion.artifacts.adapter_files import Adapter, apply_adapter
from services.motion.artifacts.report import library_versions
from services.motion.compute import precision
from services.motion.errors import Diverged, Unsuitable
from services.motion.families.protocol import Bundle
from services.motion.method import adapters, noise
from services.motion.method.adapters import MOTION
from services.motion.method.highway import appearance_highway
from services.motion.progress import ProgressCallback, ProgressReporter, ignore_progress
from services.motion.shapes import Frames, VideoSize
from shared.schemas.generation import GenerationSpec, Rendering, SchedulerName
from shared.schemas.preview import PreviewSpec


class SamplingResult(NamedTuple):
    """The files of a generation, and its report."""

    files: list[Path]
    report: dict[str, Any]


def run(
    bundle: Bundle,
    spec: GenerationSpec,
    out: Path,
    *,
    adapter: Adapter | None = None,
    inverted_CFHW: Sequence[Tensor] = (),
    on_progress: ProgressCallback = ignore_progress,
    compute_dtype: str = "auto",
) -> SamplingResult:
    """Render one video into the file `out` (H.264 mp4). Raises MotionError."""
    started = time.monotonic()
    render(
        bundle, spec, out, adapter=adapter, inverted_CFHW=inverted_CFHW, on_progress=on_progress,
        compute_dtype=compute_dtype,
    )  # fmt: skip
    report = {
        "spec": spec.model_dump(mode="json"),
        "base": bundle.provenance,
        "adapter": adapter.recipe if adapter else None,
        "seconds": round(time.monotonic() - started, 3),
        "versions": library_versions(),
    }
    return SamplingResult([out], report)


def render(
    bundle: Bundle,
    spec: GenerationSpec | PreviewSpec,
    out: Path,
    *,
    adapter: Adapter | None = None,
    inverted_CFHW: Sequence[Tensor] = (),
    on_progress: ProgressCallback = ignore_progress,
    compute_dtype: str = "auto",
) -> Path:
    """Render one video into the file `out`, without a report. Raises MotionError."""
    check_scheduler(bundle, spec)
    frames_BFHWX = denoise(
        bundle,
        [spec.prompt],
        size=VideoSize(spec.num_frames, spec.height, spec.width),
        generators=[noise.make_generator(spec.seed)],
        settings=SamplingSettings.of(spec),
        negative_prompt=spec.negative_prompt,
        adapter=adapter,
        inverted_CFHW=inverted_CFHW,
        compute_dtype=compute_dtype,
        on_progress=on_progress,
    )
    return video.write(out, frames_BFHWX[0], fps=spec.fps)


def check_scheduler(bundle: Bundle, rendering: Rendering) -> None:
    """Raises Unsuitable for a sampler that the base model's noise schedule does not support."""
    supported = bundle.schedule.samplers
    if rendering.scheduler not in supported:
        raise Unsuitable(f"{bundle.family} supports the scheduler {', '.join(supported)}, not {rendering.scheduler}")


_RELEASE = Rendering()


class SamplingSettings(NamedTuple):
    """Steps, classifier-free guidance, adapter scale, Appearance Highway, phase, noise prior and sampler.

    `phase` is the fraction of the steps that use adapter and highway (docs/method.md, section 4).
    """

    steps: int = _RELEASE.steps
    guidance_scale: float = _RELEASE.guidance_scale
    adapter_scale: float = _RELEASE.adapter_scale
    highway: str = "off"
    gain: float = _RELEASE.highway.gain
    phase: float = _RELEASE.phase
    noise_prior: float = _RELEASE.noise_prior
    scheduler: SchedulerName | None = None
    """The sampler; None is the default of the noise schedule."""

    @classmethod
    def of(cls, rendering: Rendering) -> "SamplingSettings":
        """The settings of a request."""
        highway = rendering.highway
        return cls(
            rendering.steps, rendering.guidance_scale, rendering.adapter_scale, highway.mode, highway.gain,
            rendering.phase, rendering.noise_prior, rendering.scheduler,
        )  # fmt: skip


DEFAULT_SETTINGS = SamplingSettings()
"""The settings of the method's release without its highway (docs/method.md, section 6)."""


def denoise(
    bundle: Bundle,
    prompts: Sequence[str],
    *,
    size: VideoSize,
    generators: Sequence[torch.Generator],
    settings: SamplingSettings = DEFAULT_SETTINGS,
    negative_prompt: str = "",
    adapter: Adapter | None = None,
    inverted_CFHW: Sequence[Tensor] = (),
    compute_dtype: str = "auto",
    batch_size: int = 16,
    on_progress: ProgressCallback = ignore_progress,
) -> Frames:
    """Generate one video for each prompt: RGB bytes B x F x H x W x 3. The base model is unchanged afterwards.

    Video i draws all its random numbers from CPU generator i. `inverted_CFHW` is the concept's inverted noise, one
    entry for each reference clip; a video uses a random one among those of its size. `on_progress` is called after
    every step of every batch.

    Raises Unsuitable for a size, mode, phase or prior that the base model or the concept does not support, and Diverged
    for latents that are not finite at the end.
    """
    start_BCFHW = _initial_latents(bundle, VideoSize(*size), generators, settings.noise_prior, inverted_CFHW)
    text_BSD = bundle.encode_text(list(prompts))
    denoiser = _Denoiser(
        bundle=bundle,
        settings=settings,
        empty_SD=bundle.encode_text([negative_prompt])[0],
        has_adapter=adapter is not None,
        dtype=precision.resolve_compute_dtype(compute_dtype, bundle.device),
        progress=ProgressReporter(on_progress, "sampling", settings.steps * -(-len(prompts) // batch_size)),
    )
    with _attached(bundle, adapter, settings.adapter_scale), torch.no_grad():
        starts = range(0, len(prompts), batch_size)
        batches = [slice(start, start + batch_size) for start in starts]
        videos = [denoiser.denoise(start_BCFHW[batch], text_BSD[batch], generators[batch]) for batch in batches]
    return np.concatenate([bundle.decode_latents(latents_BCFHW) for latents_BCFHW in videos])


def _initial_latents(
    bundle: Bundle, size: VideoSize, generators: Sequence[torch.Generator], prior: float, inverted: Sequence[Tensor]
) -> Tensor:
    noise_BCFHW = noise.draw(bundle.latent_size(size), generators)
    if prior == 0.0:
        return noise_BCFHW.to(bundle.device)
    same_size = [clip for clip in inverted if clip.shape == noise_BCFHW.shape[1:]]
    starts = [
        noise.mix(own.unsqueeze(0), _choose(same_size or inverted, generator), prior)
        for own, generator in zip(noise_BCFHW, generators, strict=True)
    ]
    return torch.cat(starts).to(bundle.device)


def _choose(inverted: Sequence[Tensor], generator: torch.Generator) -> Tensor | None:
    return inverted[int(torch.randint(len(inverted), (), generator=generator))] if inverted else None


def num_adapted_steps(phase: float, num_steps: int) -> int:
    """The number of first steps that use adapter and highway (docs/method.md, section 4): none only for a phase of 0.

    Raises Unsuitable for a `phase` outside [0, 1].
    """
    if not 0.0 <= phase <= 1.0:
        raise Unsuitable(f"phase must be between 0 and 1, not {phase}")
    return max(1, round(phase * num_steps)) if phase > 0.0 else 0


@contextmanager
def _attached(bundle: Bundle, adapter: Adapter | None, scale: float) -> Generator[None]:
    """The adapter is attached inside the block."""
    if adapter is None:
        yield
        return
    apply_adapter(bundle.network, adapter, name=MOTION)
    try:
        adapters.set_scale(bundle.network, MOTION, scale)
        yield
    finally:
        adapters.detach(bundle.network, MOTION)


class _Denoiser(NamedTuple):
    """Denoises the batches of one call of `denoise`."""

    bundle: Bundle
    settings: SamplingSettings
    empty_SD: Tensor
    has_adapter: bool
    dtype: torch.dtype
    progress: ProgressReporter

    def denoise(self, noise_BCFHW: Tensor, text_BSD: Tensor, generators: Sequence[torch.Generator]) -> Tensor:
        """Denoise one batch: first steps with adapter and highway, then steps without (docs/method.md, section 4)."""
        sampler = self.bundle.schedule.make_sampler(self.settings.steps, self.settings.scheduler)
        latents_BCFHW = sampler.start(noise_BCFHW)
        num_adapted = num_adapted_steps(self.settings.phase, self.settings.steps)
        phases = (sampler.timesteps[:num_adapted], True), (sampler.timesteps[num_adapted:], False)
        for timesteps, adapted in phases:
            with self._phase(adapted=adapted):
                for timestep in timesteps:
                    pred_BCFHW = self._predict(sampler.network_input(latents_BCFHW, timestep), timestep, text_BSD)
                    latents_BCFHW = sampler.step(pred_BCFHW, timestep, latents_BCFHW, generators)
                    self.progress.advance()
        if not latents_BCFHW.isfinite().all():
            raise Diverged(
                "the video's latents are not finite: lower adapter_scale, guidance_scale or the highway's gain"
            )
        return latents_BCFHW

    @contextmanager
    def _phase(self, *, adapted: bool) -> Generator[None]:
        """Adapter and highway are on inside the block, or both are off."""
        network, mode = self.bundle.network, self.settings.highway if adapted else "off"
        if self.has_adapter:
            adapters.activate(network, [MOTION] if adapted else [])
        with appearance_highway(network, mode, gain=self.settings.gain):
            yield

    def _predict(self, latents_BCFHW: Tensor, timestep: Tensor, text_BSD: Tensor) -> Tensor:
        """The prediction with classifier-free guidance (Ho and Salimans 2022), both branches in one batch.

        A scale of 1 needs the branch with the prompt only.
        """
        scale = self.settings.guidance_scale
        if scale == 1.0:
            return self._network(latents_BCFHW, timestep, text_BSD)
        text = torch.cat([self.empty_SD.expand_as(text_BSD), text_BSD])
        unconditional, conditional = self._network(torch.cat([latents_BCFHW] * 2), timestep, text).chunk(2)
        return unconditional + scale * (conditional - unconditional)

    def _network(self, latents_BCFHW: Tensor, timestep: Tensor, text_BSD: Tensor) -> Tensor:
        with precision.autocast(self.dtype, self.bundle.device):
            return self.bundle.predict(latents_BCFHW, timestep, text_BSD)
