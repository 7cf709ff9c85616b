"""Rectified flow: the schedule of networks that predict the straight way from data to noise (Liu et al. 2022).

At the share sigma of noise, noisy = (1 - sigma) clean + sigma noise, and the network predicts noise - clean. Its
timestep is sigma times the number of training timesteps, and need not be an integer.
"""

from collections.abc import Mapping
from typing import Any

import torch
from diffusers import UniPCMultistepScheduler
from torch import Tensor

from services.motion.errors import UnsupportedPrediction

_SHIFTS = {"UniPCMultistepScheduler": "flow_shift", "FlowMatchEulerDiscreteScheduler": "shift"}
"""Where each diffusers scheduler of a flow keeps its shift."""


class Flow:
    """A flow whose noise levels are shifted (Esser et al. 2024, eq. 23), sampled by UniPC (Zhao et al. 2023)."""

    sampler_name = "unipc"

    def __init__(self, *, shift: float, num_train_timesteps: int = 1000) -> None:
        """`shift` above 1 spends more of the schedule on noisy latents, as larger videos need."""
        self.shift, self.num_train_timesteps = shift, num_train_timesteps

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> "Flow":
        """The flow of a diffusers scheduler config. Raises UnsupportedPrediction for one that is of no plain flow."""
        name = config.get("_class_name")
        if name not in _SHIFTS:
            raise UnsupportedPrediction(f"{name} is no scheduler of a flow; known: {', '.join(_SHIFTS)}")
        stated = config.get("prediction_type"), config.get("use_flow_sigmas")
        if name == "UniPCMultistepScheduler" and stated != ("flow_prediction", True):
            raise UnsupportedPrediction(f"prediction type {stated[0]!r} with use_flow_sigmas {stated[1]} is no flow's")
        if config.get("use_dynamic_shifting"):
            raise UnsupportedPrediction("use_dynamic_shifting, a shift by the video's size, is not supported")
        shift = float(config.get(_SHIFTS[name], 1.0))
        return cls(shift=shift, num_train_timesteps=config.get("num_train_timesteps", 1000))

    def draw_timesteps(self, num: int, span: tuple[float, float], generator: torch.Generator) -> Tensor:
        """Timesteps as floats."""
        low, high = span
        return self._timestep(low + (high - low) * torch.rand(num, generator=generator))

    def _timestep(self, share: Tensor) -> Tensor:
        """The timestep at a share of the unshifted schedule."""
        return self.num_train_timesteps * self.shift * share / (1.0 + (self.shift - 1.0) * share)

    def _sigma(self, timestep_B: Tensor, like: Tensor) -> Tensor:
        sigma_B = timestep_B.to(like.device, torch.float32) / self.num_train_timesteps
        return sigma_B.view(-1, *[1] * (like.ndim - 1))

    def add_noise(self, clean: Tensor, noise: Tensor, timestep_B: Tensor) -> Tensor:
        """(1 - sigma) clean + sigma noise."""
        sigma = self._sigma(timestep_B, clean)
        return (1.0 - sigma) * clean + sigma * noise

    def target(self, clean: Tensor, noise: Tensor, timestep_B: Tensor) -> Tensor:  # noqa: ARG002 - the same at each
        """The flow's velocity, noise - clean."""
        return noise - clean

    def split(self, pred: Tensor, noisy: Tensor, timestep_B: Tensor) -> tuple[Tensor, Tensor]:
        """Clean latents and noise: from where the network stands, back and ahead along its prediction."""
        sigma = self._sigma(timestep_B, noisy)
        return noisy - sigma * pred, noisy + (1.0 - sigma) * pred

    def timestep_sequence(self, num_steps: int) -> Tensor:
        """Timesteps whose unshifted shares are evenly spaced."""
        return self._timestep(torch.linspace(0.0, 1.0, num_steps + 1))

    def sampler(self, num_steps: int) -> UniPCMultistepScheduler:
        """A UniPC scheduler that begins at its first timestep, also where rounding makes two of them equal."""
        scheduler = UniPCMultistepScheduler(
            num_train_timesteps=self.num_train_timesteps,
            prediction_type="flow_prediction",
            use_flow_sigmas=True,
            flow_shift=self.shift,
        )
        scheduler.set_timesteps(num_steps)
        scheduler.set_begin_index(0)
        return scheduler
