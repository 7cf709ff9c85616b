"""Noise schedules: every run makes its own scheduler, because schedulers carry state (METHOD 8)."""

from collections.abc import Mapping
from typing import Any

import torch
from diffusers import DDIMScheduler
from torch import Tensor

from services.motion.errors import UnsupportedPrediction


def from_config(config: Mapping[str, Any]) -> DDIMScheduler:
    """A DDIM scheduler on the noise schedule of any diffusers scheduler config.

    Raises UnsupportedPrediction.
    """
    clip = {} if "clip_sample" in config else {"clip_sample": False}  # diffusers' default is for pixels
    scheduler: Any = DDIMScheduler.from_config(dict(config), **clip)
    if scheduler.config["prediction_type"] not in {"epsilon", "v_prediction"}:
        raise UnsupportedPrediction(f"prediction type {scheduler.config['prediction_type']!r} is not supported")
    return scheduler


def fresh(scheduler: DDIMScheduler) -> DDIMScheduler:
    """A scheduler of one's own with the same noise schedule."""
    return from_config(scheduler.config)


def target(scheduler: DDIMScheduler, clean: Tensor, noise: Tensor, timestep_B: Tensor) -> Tensor:
    """What the network should predict: the noise, or the velocity (Salimans and Ho 2022)."""
    if scheduler.config["prediction_type"] == "epsilon":
        return noise
    return scheduler.get_velocity(clean, noise, timestep_B)


def split(scheduler: DDIMScheduler, pred: Tensor, noisy: Tensor, timestep_B: Tensor) -> tuple[Tensor, Tensor]:
    """The clean latents and the noise that a prediction stands for."""
    alpha = scheduler.alphas_cumprod.to(noisy.device)[timestep_B].view(-1, *[1] * (noisy.ndim - 1))
    signal, sigma = alpha.sqrt(), (1.0 - alpha).sqrt()
    if scheduler.config["prediction_type"] == "epsilon":
        return (noisy - sigma * pred) / signal, pred
    return signal * noisy - sigma * pred, sigma * noisy + signal * pred


def draw_timesteps(scheduler: DDIMScheduler, num: int, span: tuple[float, float], generator: torch.Generator) -> Tensor:
    """`num` training timesteps, uniform within the share `span` of the schedule (0 is clean, 1 is noise)."""
    total = scheduler.config["num_train_timesteps"]
    low, high = int(span[0] * total), max(int(span[0] * total) + 1, round(span[1] * total))
    return torch.randint(low, high, (num,), generator=generator)
