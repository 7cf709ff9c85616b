"""The clips that pretraining learns from, kept as latents.

Suffixes: N clips, F frames, C channels, H height, W width.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from diffusers import AutoencoderKL
from safetensors.torch import load_file, save_file
from torch import Tensor
from tqdm import tqdm

from services.motion.metrics import trajectories
from services.motion.world import autoencoder, captions, paths, scenes
from services.motion.world.denoiser import NUM_FRAMES

WANDERING_SHARE = 0.42
LIKENESS = {"orbiting": 0.75, "zigzagging": 0.88, "bouncing": 0.7}
"""A random path that agrees this well with a held-out motion is drawn again."""


class Pool(NamedTuple):
    """Scaled latents N x C x F x H x W in half precision, and what each clip shows."""

    latents_NCFHW: Tensor
    prompts: list[captions.Prompt]


def draw_prompt(rng: np.random.Generator, named: list[captions.Prompt]) -> captions.Prompt:
    """A prompt of the pretraining mixture."""
    if rng.uniform() < WANDERING_SHARE:
        return captions.Prompt(scenes.APPEARANCES[rng.integers(len(scenes.APPEARANCES))], paths.WANDERING)
    return named[rng.integers(len(named))]


def draw_path(motion: str, rng: np.random.Generator) -> paths.Path:
    """A path of the motion; random ones that resemble a held-out motion are rejected."""
    while True:
        path = paths.draw(motion, rng, NUM_FRAMES)
        if motion != paths.WANDERING or not _resembles_held_out(path, rng):
            return path


def _resembles_held_out(path: paths.Path, rng: np.random.Generator) -> bool:
    return any(
        trajectories.fidelity(path.centre_F2, [draw(rng, NUM_FRAMES).centre_F2]) > LIKENESS[name]
        for name, draw in paths.HELD_OUT.items()
    )


def _clips(num_clips: int, seed: int) -> Iterator[tuple[captions.Prompt, scenes.Frames]]:
    named = captions.pretraining_prompts()
    for index in range(num_clips):
        rng = np.random.default_rng([seed, index])
        prompt = draw_prompt(rng, named)
        yield prompt, scenes.render(prompt.appearance, draw_path(prompt.motion, rng))


@torch.no_grad()
def encode(model: AutoencoderKL, frames_FHWC: scenes.Frames) -> Tensor:
    """Scaled latents C x F x H x W of one clip: the mode of the posterior."""
    with torch.autocast(model.device.type, torch.bfloat16):
        latents_FCHW = model.encode(autoencoder.to_pixels(frames_FHWC).to(model.device)).latent_dist.mode()
    return latents_FCHW.float().cpu().transpose(0, 1) * model.config["scaling_factor"]


def build(model: AutoencoderKL, num_clips: int, seed: int) -> Pool:
    """Draw and encode the clips."""
    prompts: list[captions.Prompt] = []
    latents: list[Tensor] = []
    for prompt, frames_FHWC in tqdm(_clips(num_clips, seed), "clips", num_clips):
        prompts.append(prompt)
        latents.append(encode(model, frames_FHWC).half())
    return Pool(torch.stack(latents), prompts)


def load_or_build(file: Path, model: AutoencoderKL, num_clips: int, seed: int) -> Pool:
    """The pool from its file, or a new one, saved there. Prompts follow from the seed."""
    if not file.exists():
        save_file({"latents": build(model, num_clips, seed).latents_NCFHW}, file)
    named = captions.pretraining_prompts()
    prompts = [draw_prompt(np.random.default_rng([seed, index]), named) for index in range(num_clips)]
    return Pool(load_file(file)["latents"], prompts)
