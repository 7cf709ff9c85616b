"""Randomness: explicit CPU generators, the noise prior and its DDIM inversion (METHOD 6)."""

import hashlib
import math
from collections.abc import Callable, Sequence
from itertools import pairwise

import torch
from torch import Tensor

from services.motion.errors import Unsuitable
from services.motion.schedules.diffusion import Schedule


def make_generator(seed: int, *labels: object) -> torch.Generator:
    """A CPU generator for one purpose: the same seed and labels give the same draws on every device."""
    generator = torch.Generator("cpu")
    generator.manual_seed(derive_seed(seed, *labels) if labels else seed)
    return generator


def derive_seed(seed: int, *labels: object) -> int:
    """An independent 63-bit seed for a labelled purpose."""
    digest = hashlib.sha256("/".join(map(str, (seed, *labels))).encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


def draw(shape: Sequence[int], generators: Sequence[torch.Generator]) -> Tensor:
    """Standard normal noise, sample i from generator i: what a sample gets does not depend on its neighbours."""
    return torch.stack([torch.randn(tuple(shape), generator=generator) for generator in generators])


def mix(noise_BCFHW: Tensor, inverted_CFHW: Tensor | None, prior: float) -> Tensor:
    """sqrt(p) inverted + sqrt(1 - p) noise, which keeps unit variance.

    Raises Unsuitable when `prior` is outside [0, 1], or positive without inverted noise of the same shape.
    """
    if not 0.0 <= prior <= 1.0:
        raise Unsuitable(f"noise_prior must be between 0 and 1, not {prior}")
    if prior == 0.0:
        return noise_BCFHW
    if inverted_CFHW is None:
        raise Unsuitable("noise_prior needs inverted noise, and this adapter was trained without save_inverted_noise")
    if inverted_CFHW.shape != noise_BCFHW.shape[1:]:
        raise Unsuitable(
            f"the inverted noise is {tuple(inverted_CFHW.shape)} and the video asked for {tuple(noise_BCFHW.shape[1:])}"
        )
    return math.sqrt(prior) * inverted_CFHW.to(noise_BCFHW) + math.sqrt(1.0 - prior) * noise_BCFHW


@torch.no_grad()
def invert(
    predict: Callable[[Tensor, Tensor], Tensor], schedule: Schedule, latents_BCFHW: Tensor, *, num_steps: int = 50
) -> Tensor:
    """DDIM inversion (Song et al. 2021, eq. 13 run backwards): the noise that denoises to these latents.

    Along a flow the same steps are Euler's. `predict(latents_BCFHW, timestep_B)` is the network with an empty prompt.
    """
    for now, following in pairwise(schedule.timestep_sequence(num_steps)):
        now_B, following_B = (each.expand(len(latents_BCFHW)).to(latents_BCFHW.device) for each in (now, following))
        clean, noise = schedule.split(predict(latents_BCFHW, now_B), latents_BCFHW, now_B)
        latents_BCFHW = schedule.add_noise(clean, noise, following_B)
    return latents_BCFHW
