"""The sampling recipe: one's own denoising loop, seeded on the CPU and reproducible to the bit (METHOD 6).

Suffixes: B batch, C channels, F frames, H height, W width, X colour, S tokens, D text width.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from services.motion import adapters, noise, precision, schedules
from services.motion.artifacts import Adapter, apply_adapter
from services.motion.families.protocol import Bundle, Frames
from services.motion.highway import appearance_highway
from services.motion.phases import guided_steps
from services.motion.progress import Meter, Report, ignore
from services.motion.shapes import VideoSize

MOTION = "motion"


class Guidance(NamedTuple):
    """How a prompt is followed: classifier-free guidance, adapter scale, highway, phase and noise prior."""

    steps: int = 30
    guidance_scale: float = 12.0
    adapter_scale: float = 1.0
    highway: str = "off"
    gain: float = 1.1
    phase: float = 1.0
    noise_prior: float = 0.0


def denoise(
    bundle: Bundle,
    prompts: Sequence[str],
    *,
    size: VideoSize,
    generators: Sequence[torch.Generator],
    guidance: Guidance = Guidance(),
    negative_prompt: str = "",
    adapter: Adapter | None = None,
    inverted_CFHW: Sequence[Tensor] = (),
    compute_dtype: str = "auto",
    batch_size: int = 16,
    report: Report = ignore,
) -> Frames:
    """Render one video for each prompt: RGB bytes B x F x H x W x 3. The base comes back as it was.

    Video i draws everything from CPU generator i. `inverted_CFHW` is the concept's inverted noise, one entry for
    each reference clip; a video takes one of them at random. `report` is called after every step of every batch.

    Raises ValueError for a size, mode, phase or prior that the base or the concept does not allow.
    """
    size = VideoSize(*size)
    start_BCFHW = _initial(bundle, size, generators, guidance.noise_prior, inverted_CFHW)
    text_BSD = bundle.encode_text(list(prompts))
    empty_1SD = bundle.encode_text([negative_prompt])
    num_batches = -(-len(prompts) // batch_size)
    meter = Meter(report, "sampling", guidance.steps * num_batches)
    dtype = precision.resolve(compute_dtype, bundle.device)
    with _adapted(bundle, adapter, guidance.adapter_scale), torch.no_grad():
        videos = [
            _run(bundle, latents, text, empty_1SD, guidance, adapter is not None, dtype, meter)
            for latents, text in zip(start_BCFHW.split(batch_size), text_BSD.split(batch_size), strict=True)
        ]
    return np.concatenate([bundle.decode_latents(latents) for latents in videos])


def _initial(
    bundle: Bundle, size: VideoSize, generators: Sequence[torch.Generator], prior: float, inverted: Sequence[Tensor]
) -> Tensor:
    drawn = noise.draw(bundle.latent_size(size), generators)
    if prior == 0.0:
        return drawn.to(bundle.device)
    starts = [
        noise.mix(own.unsqueeze(0), _choose(inverted, generator), prior)
        for own, generator in zip(drawn, generators, strict=True)
    ]
    return torch.cat(starts).to(bundle.device)


def _choose(inverted: Sequence[Tensor], generator: torch.Generator) -> Tensor | None:
    return inverted[int(torch.randint(len(inverted), (), generator=generator))] if inverted else None


@contextmanager
def _adapted(bundle: Bundle, adapter: Adapter | None, scale: float) -> Iterator[None]:
    """The adapter is in the network inside the block."""
    if adapter is None:
        yield
        return
    apply_adapter(bundle.unet, adapter, name=MOTION)
    try:
        adapters.set_scale(bundle.unet, MOTION, scale)
        yield
    finally:
        adapters.detach(bundle.unet, MOTION)


def _run(
    bundle: Bundle,
    latents_BCFHW: Tensor,
    text_BSD: Tensor,
    empty_1SD: Tensor,
    guidance: Guidance,
    has_adapter: bool,  # noqa: FBT001
    dtype: torch.dtype,
    meter: Meter,
) -> Tensor:
    """Denoise one batch: first the guided steps, then the plain base (METHOD 4)."""
    scheduler = schedules.fresh(bundle.scheduler)
    scheduler.set_timesteps(guidance.steps)
    num_guided = guided_steps(guidance.phase, guidance.steps)
    timesteps = scheduler.timesteps
    for part, guided in ((timesteps[:num_guided], True), (timesteps[num_guided:], False)):
        if has_adapter:
            adapters.activate(bundle.unet, [MOTION] if guided else [])
        mode = guidance.highway if guided else "off"
        with appearance_highway(bundle.unet, mode, gain=guidance.gain), precision.computing(dtype, bundle.device):
            for timestep in part:
                pred_BCFHW = _predict(bundle, latents_BCFHW, timestep, text_BSD, empty_1SD, guidance.guidance_scale)
                latents_BCFHW = scheduler.step(pred_BCFHW, timestep, latents_BCFHW).prev_sample
                meter.tick()
    return latents_BCFHW


def _predict(
    bundle: Bundle, latents_BCFHW: Tensor, timestep: Tensor, text_BSD: Tensor, empty_1SD: Tensor, scale: float
) -> Tensor:
    """The guided prediction (Ho and Salimans 2022), both branches in one batch; one branch for a scale of 1."""
    unet: Any = bundle.unet
    if scale == 1.0:
        return unet(
            latents_BCFHW.to(unet.dtype), timestep, encoder_hidden_states=text_BSD.to(unet.dtype)
        ).sample.float()
    text = torch.cat([empty_1SD.expand_as(text_BSD), text_BSD]).to(unet.dtype)
    both = unet(torch.cat([latents_BCFHW] * 2).to(unet.dtype), timestep, encoder_hidden_states=text).sample.float()
    plain, prompted = both.chunk(2)
    return plain + scale * (prompted - plain)
