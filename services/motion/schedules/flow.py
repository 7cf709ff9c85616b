"""Rectified flow: the schedule of networks that predict the straight path from data to noise (Liu et al. 2022).

At noise level sigma, noisy = (1 - sigma) clean + sigma noise, and the network predicts noise - clean. The timestep is
sigma times the number of training timesteps, and is not always an integer.
"""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from services.motion.errors import UnsupportedPrediction
from services.motion.schedules.samplers import FLOW_SAMPLERS, Sampler
from shared.schemas.generation import SchedulerName

_SHIFT_FIELDS = {"UniPCMultistepScheduler": "flow_shift", "FlowMatchEulerDiscreteScheduler": "shift"}
"""The field of the shift in the config of each diffusers scheduler for flows."""


class FlowSchedule:
    """A flow whose noise levels are shifted (Esser et al. 2024, eq. 23)."""

    samplers: tuple[SchedulerName, ...] = tuple(FLOW_SAMPLERS)

    def __init__(self, *, shift: float, num_train_timesteps: int = 1000) -> None:
        """A `shift` above 1 spends more of the schedule on noisy latents, as larger videos need."""
        self.shift, self.num_train_timesteps = shift, num_train_timesteps

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> "FlowSchedule":
        """The flow of a diffusers scheduler config. Raises UnsupportedPrediction for any other schedule."""
        name = config.get("_class_name")
        if name not in _SHIFT_FIELDS:
            raise UnsupportedPrediction(f"{name} is not a scheduler for flows; known: {', '.join(_SHIFT_FIELDS)}")
        prediction_type, use_flow_sigmas = config.get("prediction_type"), config.get("use_flow_sigmas")
        if name == "UniPCMultistepScheduler" and (prediction_type, use_flow_sigmas) != ("flow_prediction", True):
            raise UnsupportedPrediction(
                f"prediction type {prediction_type!r} with use_flow_sigmas {use_flow_sigmas} is not a flow"
            )
        if config.get("use_dynamic_shifting"):
            raise UnsupportedPrediction("use_dynamic_shifting, a shift by the video's size, is not supported")
        shift = float(config.get(_SHIFT_FIELDS[name], 1.0))
        return cls(shift=shift, num_train_timesteps=config.get("num_train_timesteps", 1000))

    def make_sampler(self, num_steps: int, name: SchedulerName | None = None) -> Sampler:
        """A new sampler of `num_steps` steps; the default one without `name`."""
        config = {"flow_shift": self.shift, "num_train_timesteps": self.num_train_timesteps}
        return Sampler(FLOW_SAMPLERS[name or self.samplers[0]](config, num_steps))

    def draw_timesteps(self, num: int, timestep_range: tuple[float, float], generator: torch.Generator) -> Tensor:
        """Timesteps as floats, uniform before the shift."""
        low, high = timestep_range
        return self._timestep(low + (high - low) * torch.rand(num, generator=generator))

    def _timestep(self, fraction: Tensor) -> Tensor:
        """The timestep at a fraction of the schedule before the shift."""
        return self.num_train_timesteps * self.shift * fraction / (1.0 + (self.shift - 1.0) * fraction)

    def _sigma(self, timestep_B: Tensor, like: Tensor) -> Tensor:
        """The noise level, in a shape that broadcasts to `like`."""
        sigma_B = timestep_B.to(like.device, torch.float32) / self.num_train_timesteps
        return sigma_B.view(-1, *[1] * (like.ndim - 1))

    def add_noise(self, clean: Tensor, noise: Tensor, timestep_B: Tensor) -> Tensor:
        """(1 - sigma) clean + sigma noise."""
        sigma = self._sigma(timestep_B, clean)
        return (1.0 - sigma) * clean + sigma * noise

    def training_target(self, clean: Tensor, noise: Tensor, timestep_B: Tensor) -> Tensor:  # noqa: ARG002 - constant
        """The velocity noise - clean, the same at every timestep."""
        return noise - clean

    def recover_clean_and_noise(self, pred: Tensor, noisy: Tensor, timestep_B: Tensor) -> tuple[Tensor, Tensor]:
        """Clean latents and noise: the two ends of the straight path through `noisy`."""
        sigma = self._sigma(timestep_B, noisy)
        return noisy - sigma * pred, noisy + (1.0 - sigma) * pred

    def timestep_sequence(self, num_steps: int) -> Tensor:
        """Timesteps that are evenly spaced before the shift."""
        return self._timestep(torch.linspace(0.0, 1.0, num_steps + 1))
