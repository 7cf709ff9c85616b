"""What the bundled base can do, measured: attributes and named motions of unseen prompts, and whether maps matter.

Suffixes: B batch, C channels, F frames, H height, W width, X colour.
"""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from diffusers.models.transformers.transformer_temporal import TransformerTemporalModel
from torch import Tensor, nn

from services.motion.compute import precision
from services.motion.families.protocol import Bundle, Frames
from services.motion.method import noise
from services.motion.progress import ProgressCallback, ignore_progress
from services.motion.sampling import sample
from services.motion.schedules import diffusion
from services.motion.shapes import VideoSize
from services.motion.world import attributes, captions, scenes, trajectories
from services.motion.world.pretraining import mixture
from services.motion.world.pretraining.denoiser import NUM_FRAMES

SIZE = VideoSize(NUM_FRAMES, 64, 64)
GUIDANCE = sample.SamplingSettings(steps=40, guidance_scale=3.0)
TIMESTEPS = (100, 400, 700, 900)


def score(bundle: Bundle, *, seed: int = 0, on_progress: ProgressCallback = ignore_progress) -> dict[str, Any]:
    """The figures of METHOD.md 10 over all held-out prompts, with fixed seeds."""
    prompts = captions.held_out_prompts()
    videos = generate(bundle, [prompt.text for prompt in prompts], seed=seed, on_progress=on_progress)
    return {"prompts": len(prompts), "seed": seed, **accuracy(prompts, videos), "maps": map_errors(bundle, seed=seed)}


def generate(bundle: Bundle, texts: list[str], *, seed: int, on_progress: ProgressCallback = ignore_progress) -> Frames:
    """One clip B x F x H x W x 3 for each prompt, clip i from the seed (`seed`, i)."""
    generators = [noise.make_generator(seed, "score", index) for index in range(len(texts))]
    return sample.denoise(bundle, texts, size=SIZE, generators=generators, settings=GUIDANCE, on_progress=on_progress)


def accuracy(prompts: list[captions.Prompt], videos_BFHWX: Frames) -> dict[str, float]:
    """The share of clips whose colour, shape, background and motion came out as asked."""
    rows = [_compare(prompt, video) for prompt, video in zip(prompts, videos_BFHWX, strict=True)]
    return {name: round(float(np.mean([row[name] for row in rows])), 4) for name in rows[0]}


def _compare(prompt: captions.Prompt, video_FHWX: Frames) -> dict[str, bool]:
    seen = attributes.measure(video_FHWX)
    right = {name: getattr(seen, name) == asked for name, asked in prompt.appearance._asdict().items()}
    return {**right, "motion": trajectories.name_pretrained(seen.centre_F2, seen.radius_F) == prompt.motion}


def map_errors(bundle: Bundle, *, seed: int = 0, num_clips: int = 48) -> dict[int, dict[str, float]]:
    """Prediction error at each timestep, with the temporal attention maps as they are and uniform (keys zeroed)."""
    prompts, latents_BCFHW = _fresh_clips(bundle, num_clips, seed)
    text = bundle.encode_text([prompt.text for prompt in prompts])
    errors: dict[int, dict[str, float]] = {}
    for timestep in TIMESTEPS:
        real = _error(bundle, latents_BCFHW, text, timestep, seed)
        with uniform_maps(bundle.unet):
            uniform = _error(bundle, latents_BCFHW, text, timestep, seed)
        errors[timestep] = {"real": real, "uniform": uniform, "ratio": round(uniform / real, 3)}
    return errors


def _fresh_clips(bundle: Bundle, num_clips: int, seed: int) -> tuple[list[captions.Prompt], Tensor]:
    """Clips of the pretraining mixture, drawn anew."""
    rng = np.random.default_rng([seed, 2**31])
    named = captions.pretraining_prompts()
    prompts = [mixture.draw_prompt(rng, named) for _ in range(num_clips)]
    clips = [scenes.render(prompt.appearance, mixture.draw_path(prompt.motion, rng)) for prompt in prompts]
    return prompts, torch.stack([bundle.encode_frames(clip).transpose(0, 1) for clip in clips]).to(bundle.device)


@torch.no_grad()
def _error(bundle: Bundle, latents_BCFHW: Tensor, text_BSD: Tensor, timestep: int, seed: int) -> float:
    scheduler = diffusion.copy_scheduler(bundle.scheduler)
    noise_BCFHW = torch.randn(latents_BCFHW.shape, generator=noise.make_generator(seed, "maps", timestep))
    noise_BCFHW = noise_BCFHW.to(bundle.device)
    timestep_B = torch.full((len(latents_BCFHW),), timestep, device=bundle.device)
    noisy_BCFHW = scheduler.add_noise(latents_BCFHW, noise_BCFHW, timestep_B)
    target_BCFHW = diffusion.training_target(scheduler, latents_BCFHW, noise_BCFHW, timestep_B)
    with precision.autocast(precision.resolve_compute_dtype("auto", bundle.device), bundle.device):
        pred_BCFHW = bundle.unet(noisy_BCFHW, timestep_B, encoder_hidden_states=text_BSD).sample
    return float((pred_BCFHW.float() - target_BCFHW).square().mean())


@contextmanager
def uniform_maps(unet: nn.Module) -> Generator[None]:
    """Every temporal attention attends to all frames alike inside the block."""
    keys = [
        module.to_k
        for temporal in unet.modules()
        if isinstance(temporal, TransformerTemporalModel)
        for module in temporal.modules()
        if hasattr(module, "to_k")
    ]
    weights = [key.weight.detach().clone() for key in keys]
    with torch.no_grad():
        for key in keys:
            key.weight.zero_()
        try:
            yield
        finally:
            for key, weight in zip(keys, weights, strict=True):
                key.weight.copy_(weight)
