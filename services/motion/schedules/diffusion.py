"""Noise schedules: every run makes its own scheduler, because schedulers carry state (METHOD 8)."""

from collections.abc import Mapping
from typing import Any, Protocol

import torch
from diffusers import DDIMScheduler
from torch import Tensor

from services.motion.errors import UnsupportedPrediction


class Schedule(Protocol):
    """How a base mixes clean latents with noise, and what its network predicts of it. Carries no state of a run."""

    @property
    def sampler_name(self) -> str:
        """What a generation's `scheduler` says when it is sampled by this schedule's `sampler`."""
        ...

    def draw_timesteps(self, num: int, span: tuple[float, float], generator: torch.Generator) -> Tensor:
        """`num` training timesteps, uniform within the share `span` of the schedule (0 is clean, 1 is noise)."""
        ...

    def add_noise(self, clean: Tensor, noise: Tensor, timestep_B: Tensor) -> Tensor:
        """The mixture of clean latents and noise at each sample's timestep."""
        ...

    def target(self, clean: Tensor, noise: Tensor, timestep_B: Tensor) -> Tensor:
        """What the network should predict."""
        ...

    def split(self, pred: Tensor, noisy: Tensor, timestep_B: Tensor) -> tuple[Tensor, Tensor]:
        """The clean latents and the noise that a prediction stands for."""
        ...

    def timestep_sequence(self, num_steps: int) -> Tensor:
        """`num_steps` + 1 timesteps that rise from clean to noise, for inversion."""
        ...

    def sampler(self, num_steps: int) -> Any:
        """A diffusers scheduler of one's own, with `num_steps` timesteps set."""
        ...


class Diffusion:
    """The schedule of a network that was trained on a diffusion process, sampled by DDIM (Song et al. 2021)."""

    sampler_name = "ddim"

    def __init__(self, scheduler: DDIMScheduler) -> None:
        """`scheduler` tells the noise schedule and the prediction type, and is left alone."""
        self._scheduler = fresh(scheduler)

    def draw_timesteps(self, num: int, span: tuple[float, float], generator: torch.Generator) -> Tensor:
        """Integer timesteps."""
        return draw_timesteps(self._scheduler, num, span, generator)

    def add_noise(self, clean: Tensor, noise: Tensor, timestep_B: Tensor) -> Tensor:
        """sqrt(alpha) clean + sqrt(1 - alpha) noise."""
        return self._scheduler.add_noise(clean, noise, timestep_B)

    def target(self, clean: Tensor, noise: Tensor, timestep_B: Tensor) -> Tensor:
        """The noise, or the velocity."""
        return target(self._scheduler, clean, noise, timestep_B)

    def split(self, pred: Tensor, noisy: Tensor, timestep_B: Tensor) -> tuple[Tensor, Tensor]:
        """Clean latents and noise."""
        return split(self._scheduler, pred, noisy, timestep_B)

    def timestep_sequence(self, num_steps: int) -> Tensor:
        """Evenly spaced integers from the first timestep to the last."""
        return torch.linspace(0, self._scheduler.config["num_train_timesteps"] - 1, num_steps + 1).round().long()

    def sampler(self, num_steps: int) -> DDIMScheduler:
        """A DDIM scheduler."""
        scheduler = fresh(self._scheduler)
        scheduler.set_timesteps(num_steps)
        return scheduler


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
