"""The sampling recipe: one's own denoising loop, seeded on the CPU and reproducible to the bit (METHOD 6).

Suffixes: B batch, C channels, F frames, H height, W width, X colour, S tokens, D text width.
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
from services.motion.artifacts import provenance
from services.motion.artifacts.adapter_files import Adapter, apply_adapter
from services.motion.compute import precision
from services.motion.errors import Unsuitable
from services.motion.families.protocol import Bundle, Frames
from services.motion.method import adapters, noise
from services.motion.method.highway import appearance_highway
from services.motion.method.phases import guided_steps
from services.motion.progress import Meter, Report, ignore
from services.motion.shapes import VideoSize
from shared.schemas.generation import GenerationSpec, Rendering
from shared.schemas.preview import PreviewSpec

MOTION = "motion"


class SamplingResult(NamedTuple):
    """What a generation leaves in its work folder."""

    files: list[Path]
    report: dict[str, Any]


def run(
    bundle: Bundle,
    spec: GenerationSpec,
    out: Path,
    *,
    adapter: Adapter | None = None,
    inverted_CFHW: Sequence[Tensor] = (),
    report: Report = ignore,
    compute_dtype: str = "auto",
) -> SamplingResult:
    """Render one video into the file `out` (H.264 mp4). Raises MotionError."""
    started = time.monotonic()
    render(bundle, spec, out, adapter=adapter, inverted_CFHW=inverted_CFHW, report=report, compute_dtype=compute_dtype)
    facts = {
        "spec": spec.model_dump(mode="json"),
        "base": provenance.of_base(bundle),
        "adapter": adapter.recipe if adapter else None,
        "seconds": round(time.monotonic() - started, 3),
        "versions": provenance.of_libraries(),
    }
    return SamplingResult([out], facts)


def render(
    bundle: Bundle,
    spec: GenerationSpec | PreviewSpec,
    out: Path,
    *,
    adapter: Adapter | None = None,
    inverted_CFHW: Sequence[Tensor] = (),
    report: Report = ignore,
    compute_dtype: str = "auto",
) -> Path:
    """The video alone, in the file `out`. Raises MotionError."""
    check_scheduler(bundle, spec)
    frames_BFHWX = denoise(
        bundle,
        [spec.prompt],
        size=VideoSize(spec.num_frames, spec.height, spec.width),
        generators=[noise.make_generator(spec.seed)],
        guidance=Guidance.of(spec),
        negative_prompt=spec.negative_prompt,
        adapter=adapter,
        inverted_CFHW=inverted_CFHW,
        compute_dtype=compute_dtype,
        report=report,
    )
    return video.write(out, frames_BFHWX[0], fps=spec.fps)


def check_scheduler(bundle: Bundle, rendering: Rendering) -> None:
    """Raises Unsuitable for a scheduler that the base is not sampled with."""
    mine, asked = bundle.schedule.sampler_name, rendering.scheduler
    if asked != mine:
        raise Unsuitable(f"{bundle.family} is sampled with {mine!r}, not {asked!r}")


_RELEASE = Rendering()


class Guidance(NamedTuple):
    """How a prompt is followed: classifier-free guidance, adapter scale, highway, phase and noise prior."""

    steps: int = _RELEASE.steps
    guidance_scale: float = _RELEASE.guidance_scale
    adapter_scale: float = _RELEASE.adapter_scale
    highway: str = "off"
    gain: float = _RELEASE.highway.gain
    phase: float = _RELEASE.phase
    noise_prior: float = _RELEASE.noise_prior

    @classmethod
    def of(cls, rendering: Rendering) -> "Guidance":
        """As a request states it."""
        highway = rendering.highway
        return cls(
            rendering.steps, rendering.guidance_scale, rendering.adapter_scale, highway.mode, highway.gain,
            rendering.phase, rendering.noise_prior,
        )  # fmt: skip


DEFAULT_GUIDANCE = Guidance()
"""The release's settings without its highway (METHOD 6)."""


def denoise(
    bundle: Bundle,
    prompts: Sequence[str],
    *,
    size: VideoSize,
    generators: Sequence[torch.Generator],
    guidance: Guidance = DEFAULT_GUIDANCE,
    negative_prompt: str = "",
    adapter: Adapter | None = None,
    inverted_CFHW: Sequence[Tensor] = (),
    compute_dtype: str = "auto",
    batch_size: int = 16,
    report: Report = ignore,
) -> Frames:
    """Render one video for each prompt: RGB bytes B x F x H x W x 3. The base comes back as it was.

    Video i draws everything from CPU generator i. `inverted_CFHW` is the concept's inverted noise, one entry for
    each reference clip; a video takes at random one of those of its size. `report` is called after every step of
    every batch.

    Raises Unsuitable for a size, mode, phase or prior that the base or the concept does not allow.
    """
    start_BCFHW = _initial(bundle, VideoSize(*size), generators, guidance.noise_prior, inverted_CFHW)
    text_BSD = bundle.encode_text(list(prompts))
    run = _Run(
        bundle=bundle,
        guidance=guidance,
        empty_SD=bundle.encode_text([negative_prompt])[0],
        has_adapter=adapter is not None,
        dtype=precision.resolve(compute_dtype, bundle.device),
        meter=Meter(report, "sampling", guidance.steps * -(-len(prompts) // batch_size)),
    )
    with _adapted(bundle, adapter, guidance.adapter_scale), torch.no_grad():
        batches = zip(start_BCFHW.split(batch_size), text_BSD.split(batch_size), strict=True)
        videos = [run.denoise(latents_BCFHW, text) for latents_BCFHW, text in batches]
    return np.concatenate([bundle.decode_latents(latents_BCFHW) for latents_BCFHW in videos])


def _initial(
    bundle: Bundle, size: VideoSize, generators: Sequence[torch.Generator], prior: float, inverted: Sequence[Tensor]
) -> Tensor:
    drawn = noise.draw(bundle.latent_size(size), generators)
    if prior == 0.0:
        return drawn.to(bundle.device)
    fitting = [clip for clip in inverted if clip.shape == drawn.shape[1:]]
    starts = [
        noise.mix(own.unsqueeze(0), _choose(fitting or inverted, generator), prior)
        for own, generator in zip(drawn, generators, strict=True)
    ]
    return torch.cat(starts).to(bundle.device)


def _choose(inverted: Sequence[Tensor], generator: torch.Generator) -> Tensor | None:
    return inverted[int(torch.randint(len(inverted), (), generator=generator))] if inverted else None


@contextmanager
def _adapted(bundle: Bundle, adapter: Adapter | None, scale: float) -> Generator[None]:
    """The adapter is in the network inside the block."""
    if adapter is None:
        yield
        return
    apply_adapter(bundle.network, adapter, name=MOTION)
    try:
        adapters.set_scale(bundle.network, MOTION, scale)
        yield
    finally:
        adapters.detach(bundle.network, MOTION)


class _Run(NamedTuple):
    """What all batches of one call share."""

    bundle: Bundle
    guidance: Guidance
    empty_SD: Tensor
    has_adapter: bool
    dtype: torch.dtype
    meter: Meter

    def denoise(self, latents_BCFHW: Tensor, text_BSD: Tensor) -> Tensor:
        """Denoise one batch: first the guided steps, then the plain base (METHOD 4)."""
        scheduler = self.bundle.schedule.sampler(self.guidance.steps)
        num_guided = guided_steps(self.guidance.phase, self.guidance.steps)
        parts = (scheduler.timesteps[:num_guided], True), (scheduler.timesteps[num_guided:], False)
        for timesteps, guided in parts:
            with self._phase(guided=guided):
                for timestep in timesteps:
                    pred_BCFHW = self._predict(latents_BCFHW, timestep, text_BSD)
                    latents_BCFHW = scheduler.step(pred_BCFHW, timestep, latents_BCFHW).prev_sample
                    self.meter.tick()
        return latents_BCFHW

    @contextmanager
    def _phase(self, *, guided: bool) -> Generator[None]:
        network, mode = self.bundle.network, self.guidance.highway if guided else "off"
        if self.has_adapter:
            adapters.activate(network, [MOTION] if guided else [])
        with appearance_highway(network, mode, gain=self.guidance.gain):
            yield

    def _predict(self, latents_BCFHW: Tensor, timestep: Tensor, text_BSD: Tensor) -> Tensor:
        """The guided prediction (Ho and Salimans 2022), both branches in one batch; one branch for a scale of 1."""
        scale = self.guidance.guidance_scale
        if scale == 1.0:
            return self._network(latents_BCFHW, timestep, text_BSD)
        text = torch.cat([self.empty_SD.expand_as(text_BSD), text_BSD])
        plain, prompted = self._network(torch.cat([latents_BCFHW] * 2), timestep, text).chunk(2)
        return plain + scale * (prompted - plain)

    def _network(self, latents_BCFHW: Tensor, timestep: Tensor, text_BSD: Tensor) -> Tensor:
        with precision.computing(self.dtype, self.bundle.device):
            return self.bundle.predict(latents_BCFHW, timestep, text_BSD)
