"""Comparison of a base model with the optimal denoiser of its world.

Suffixes: B batch, F frames, Z one frame's latent values.
"""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from services.motion.compute import precision
from services.motion.families.protocol import Bundle
from services.motion.method import noise
from services.motion.schedules import diffusion
from services.motion.world import captions, paths
from services.motion.world.pretraining import latent_bank

TIMESTEPS = (997, 970, 940, 900, 800)
NUM_APPEARANCES = 8
NUM_PATHS = 4096
ANY = "any named motion"
KINDS = {
    "directions": [*paths.DIRECTIONS],
    "other names": [motion for motion in paths.PRETRAINED if motion not in paths.DIRECTIONS],
    "random paths": [paths.WANDERING],
}


def errors(bundle: Bundle, *, seed: int = 0) -> dict[str, Any]:
    """Mean squared error of the velocity for each timestep and kind of motion.

    `network` is the base; `best` knows the world, the caption and all frames; `one frame` knows the world, the caption
    and no other frame; `without its name` knows all but which of the named motions it is.
    """
    frames = _build_bank(bundle, seed)
    return {
        str(timestep): {kind: _compare(bundle, frames, kind, timestep, seed) for kind in KINDS}
        for timestep in TIMESTEPS
    }


def _build_bank(bundle: Bundle, seed: int) -> latent_bank.Bank:
    appearances = latent_bank.draw_appearances(NUM_APPEARANCES, seed)
    drawn = latent_bank.draw_paths(NUM_PATHS, seed)
    drawn[ANY] = torch.cat([drawn[motion] for motion in paths.PRETRAINED])
    needed = torch.cat([*drawn.values()]).unique().numpy()
    latents = {
        "frames": latent_bank.encode_places(bundle.vae, appearances, needed),
        "stills": torch.empty(0, latent_bank.NUM_VALUES),
    }
    return latent_bank.Bank(latents, appearances, drawn)


@torch.no_grad()
def _compare(bundle: Bundle, frames: latent_bank.Bank, kind: str, timestep: int, seed: int) -> dict[str, float]:
    rng = np.random.default_rng([seed, timestep])
    appearances = latent_bank.draw_appearances(NUM_APPEARANCES, seed)
    prompts = [captions.Prompt(appearance, motion) for motion in KINDS[kind] for appearance in appearances]
    clean_BFZ = torch.stack([frames.draw_clip(prompt, rng) for prompt in prompts])
    alpha_squared = float(diffusion.copy_scheduler(bundle.scheduler).alphas_cumprod[timestep])
    alpha, sigma = alpha_squared**0.5, (1.0 - alpha_squared) ** 0.5
    generator = noise.make_generator(seed, "optimum", timestep)
    noisy_BFZ = alpha * clean_BFZ + sigma * torch.randn(clean_BFZ.shape, generator=generator)

    def error(guess_BFZ: Tensor) -> float:
        return round(float((guess_BFZ - clean_BFZ).square().mean()) / sigma**2, 4)

    def best(*, name: str | None = None, alone: bool = False) -> float:
        conditions = [prompt._replace(motion=name or prompt.motion) for prompt in prompts]
        means = (
            frames.posterior_mean(noisy_FZ, alpha, sigma, prompt, alone=alone)
            for noisy_FZ, prompt in zip(noisy_BFZ, conditions, strict=True)
        )
        return error(torch.stack(list(means)))

    figures = {
        "network": error(_guess(bundle, noisy_BFZ, timestep, prompts)),
        "best": best(),
        "one frame": best(alone=True),
    }
    return figures if kind == "random paths" else {**figures, "without its name": best(name=ANY)}


def _guess(bundle: Bundle, noisy_BFZ: Tensor, timestep: int, prompts: list[captions.Prompt]) -> Tensor:
    """The clean clips B x F x Z that the network sees in the noisy ones."""
    text_BSD = bundle.encode_text([prompt.text for prompt in prompts])
    timestep_B = torch.full((len(prompts),), timestep, device=bundle.device)
    noisy_BCFHW = latent_bank.to_clip(noisy_BFZ).to(bundle.device)
    with precision.autocast(precision.resolve_compute_dtype("auto", bundle.device), bundle.device):
        pred_BCFHW = bundle.predict(noisy_BCFHW, timestep_B, text_BSD)
    clean_BCFHW, _ = diffusion.recover_clean_and_noise(
        diffusion.copy_scheduler(bundle.scheduler), pred_BCFHW, noisy_BCFHW, timestep_B
    )
    return latent_bank.from_clip(clean_BCFHW.cpu())
