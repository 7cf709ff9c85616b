"""Random generators and initial noise, the noise prior and DDIM inversion (docs/method.md, section 6)."""

import hashlib
import math
from collections.abc import Callable, Sequence
from itertools import pairwise

import torch
from torch import Tensor

from services.motion.errors import Diverged, Unsuitable
from services.motion.schedules.protocol import NoiseSchedule

INVERSION_STEPS = 50


def make_generator(seed: int, *labels: object) -> torch.Generator:
    """A CPU generator; the same seed and labels give the same numbers on every device."""
    generator = torch.Generator("cpu")
    generator.manual_seed(derive_seed(seed, *labels) if labels else seed)
    return generator


def derive_seed(seed: int, *labels: object) -> int:
    """A 63-bit seed that is independent for each sequence of labels."""
    digest = hashlib.sha256("/".join(map(str, (seed, *labels))).encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


def draw(shape: Sequence[int], generators: Sequence[torch.Generator]) -> Tensor:
    """Standard normal noise, sample i from generator i, so that a sample does not depend on the rest of its batch."""
    return torch.stack([torch.randn(tuple(shape), generator=generator) for generator in generators])


def mix(noise_BCFHW: Tensor, inverted_CFHW: Tensor | None, prior: float) -> Tensor:
    """sqrt(prior) inverted + sqrt(1 - prior) noise, which has unit variance.

    Raises Unsuitable for a `prior` outside [0, 1], or a positive one without inverted noise of the same shape.
    """
    if not 0.0 <= prior <= 1.0:
        raise Unsuitable(f"noise_prior must be between 0 and 1, not {prior}")
    if prior == 0.0:
        return noise_BCFHW
    if inverted_CFHW is None:
        raise Unsuitable("noise_prior needs inverted noise, and this adapter was trained without save_inverted_noise")
    if inverted_CFHW.shape != noise_BCFHW.shape[1:]:
        raise Unsuitable(
            f"the inverted noise is {tuple(inverted_CFHW.shape)}, the video needs {tuple(noise_BCFHW.shape[1:])}"
        )
    return math.sqrt(prior) * inverted_CFHW.to(noise_BCFHW) + math.sqrt(1.0 - prior) * noise_BCFHW


@torch.no_grad()
def invert(
    predict: Callable[[Tensor, Tensor], Tensor],
    schedule: NoiseSchedule,
    latents_BCFHW: Tensor,
    *,
    num_steps: int = INVERSION_STEPS,
    on_step: Callable[[], object] = lambda: None,
) -> Tensor:
    """DDIM inversion (Song et al. 2021, eq. 13 in reverse): the noise B x C x F x H x W that denoises to the latents.

    On a flow these are Euler steps. `predict(latents_BCFHW, timestep_B)` is the network with an empty prompt.
    `on_step` is called after each of the `num_steps` steps, and may raise.

    Raises Diverged if the noise is not finite.
    """
    for pair in pairwise(schedule.timestep_sequence(num_steps)):
        timestep_B, next_B = (timestep.expand(len(latents_BCFHW)).to(latents_BCFHW.device) for timestep in pair)
        pred_BCFHW = predict(latents_BCFHW, timestep_B)
        clean, noise = schedule.recover_clean_and_noise(pred_BCFHW, latents_BCFHW, timestep_B)
        latents_BCFHW = schedule.add_noise(clean, noise, next_B)
        on_step()
    if not latents_BCFHW.isfinite().all():
        raise Diverged("the inversion of a reference clip diverged: its noise is not finite; train without it")
    return latents_BCFHW
