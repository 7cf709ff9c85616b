"""The interface of a noise schedule."""

from typing import Protocol

import torch
from torch import Tensor

from services.motion.schedules.samplers import Sampler
from shared.schemas.generation import SchedulerName


class NoiseSchedule(Protocol):
    """How a base model mixes clean latents with noise, and what its network predicts. Immutable.

    Latents have any shape with the batch first; `timestep_B` has one timestep for each sample.
    """

    @property
    def samplers(self) -> tuple[SchedulerName, ...]:
        """Names of the supported samplers, the default first."""
        ...

    def make_sampler(self, num_steps: int, name: SchedulerName | None = None) -> Sampler:
        """A new sampler of `num_steps` steps; the default one without `name`. Raises Unsuitable for too many steps."""
        ...

    def draw_timesteps(self, num: int, timestep_range: tuple[float, float], generator: torch.Generator) -> Tensor:
        """`num` training timesteps, uniform within fractions of the schedule (0 is clean, 1 is noise)."""
        ...

    def add_noise(self, clean: Tensor, noise: Tensor, timestep_B: Tensor) -> Tensor:
        """The mixture of clean latents and noise at each sample's timestep."""
        ...

    def training_target(self, clean: Tensor, noise: Tensor, timestep_B: Tensor) -> Tensor:
        """The tensor that the network is trained to predict."""
        ...

    def recover_clean_and_noise(self, pred: Tensor, noisy: Tensor, timestep_B: Tensor) -> tuple[Tensor, Tensor]:
        """The clean latents and the noise that follow from a prediction."""
        ...

    def timestep_sequence(self, num_steps: int) -> Tensor:
        """`num_steps` + 1 increasing timesteps from clean to noise, for inversion."""
        ...
