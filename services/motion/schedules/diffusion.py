"""The noise schedule of networks that were trained on a diffusion process (Ho et al. 2020)."""

from collections.abc import Mapping
from typing import Any

import torch
from diffusers import DDIMScheduler
from torch import Tensor

from services.motion.errors import UnsupportedPrediction
from services.motion.schedules.samplers import DIFFUSION_SAMPLERS, Sampler
from shared.schemas.generation import SchedulerName


class DiffusionSchedule:
    """A diffusion noise schedule, with `epsilon` or `v_prediction` as prediction type."""

    samplers: tuple[SchedulerName, ...] = tuple(DIFFUSION_SAMPLERS)

    def __init__(self, scheduler: DDIMScheduler) -> None:
        """`scheduler` gives the noise schedule and the prediction type; it is copied."""
        self._scheduler = copy_scheduler(scheduler)

    def make_sampler(self, num_steps: int, name: SchedulerName | None = None) -> Sampler:
        """A new sampler of `num_steps` steps; the default one without `name`."""
        return Sampler(DIFFUSION_SAMPLERS[name or self.samplers[0]](self._scheduler.config, num_steps))

    def draw_timesteps(self, num: int, timestep_range: tuple[float, float], generator: torch.Generator) -> Tensor:
        """Integer timesteps."""
        return draw_timesteps(self._scheduler, num, timestep_range, generator)

    def add_noise(self, clean: Tensor, noise: Tensor, timestep_B: Tensor) -> Tensor:
        """sqrt(alpha) clean + sqrt(1 - alpha) noise."""
        return self._scheduler.add_noise(clean, noise, timestep_B)

    def training_target(self, clean: Tensor, noise: Tensor, timestep_B: Tensor) -> Tensor:
        """The noise, or the velocity."""
        return training_target(self._scheduler, clean, noise, timestep_B)

    def recover_clean_and_noise(self, pred: Tensor, noisy: Tensor, timestep_B: Tensor) -> tuple[Tensor, Tensor]:
        """Clean latents and noise."""
        return recover_clean_and_noise(self._scheduler, pred, noisy, timestep_B)

    def timestep_sequence(self, num_steps: int) -> Tensor:
        """Evenly spaced integers from the first timestep to the last."""
        return torch.linspace(0, self._scheduler.config["num_train_timesteps"] - 1, num_steps + 1).round().long()


def from_config(config: Mapping[str, Any]) -> DDIMScheduler:
    """A DDIM scheduler on the noise schedule of any diffusers scheduler config.

    Raises UnsupportedPrediction.
    """
    clip = {} if "clip_sample" in config else {"clip_sample": False}  # diffusers' default is for pixels
    scheduler: Any = DDIMScheduler.from_config(dict(config), **clip)
    if scheduler.config["prediction_type"] not in {"epsilon", "v_prediction"}:
        raise UnsupportedPrediction(f"prediction type {scheduler.config['prediction_type']!r} is not supported")
    return scheduler


def copy_scheduler(scheduler: DDIMScheduler) -> DDIMScheduler:
    """A new scheduler with the same noise schedule."""
    return from_config(scheduler.config)


def training_target(scheduler: DDIMScheduler, clean: Tensor, noise: Tensor, timestep_B: Tensor) -> Tensor:
    """The tensor that the network is trained to predict: the noise, or the velocity (Salimans and Ho 2022)."""
    if scheduler.config["prediction_type"] == "epsilon":
        return noise
    return scheduler.get_velocity(clean, noise, timestep_B)


def recover_clean_and_noise(
    scheduler: DDIMScheduler, pred: Tensor, noisy: Tensor, timestep_B: Tensor
) -> tuple[Tensor, Tensor]:
    """The clean latents and the noise that follow from a prediction."""
    alpha = scheduler.alphas_cumprod.to(noisy.device)[timestep_B].view(-1, *[1] * (noisy.ndim - 1))
    signal, sigma = alpha.sqrt(), (1.0 - alpha).sqrt()
    if scheduler.config["prediction_type"] == "epsilon":
        return (noisy - sigma * pred) / signal, pred
    return signal * noisy - sigma * pred, sigma * noisy + signal * pred


def draw_timesteps(
    scheduler: DDIMScheduler, num: int, timestep_range: tuple[float, float], generator: torch.Generator
) -> Tensor:
    """`num` training timesteps, uniform within fractions of the schedule (0 is clean, 1 is noise)."""
    total = scheduler.config["num_train_timesteps"]
    low = int(timestep_range[0] * total)
    high = max(low + 1, round(timestep_range[1] * total))
    return torch.randint(low, high, (num,), generator=generator)
