"""The samplers: one function for each sampler of a noise schedule, by its API name (the default first).

To add a sampler, write its function, add it to the table of its kind of schedule, and add its name to `SchedulerName`
in `shared/schemas/generation.py` and to the families that support it in `shared/families.py`.
"""

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from diffusers import (
    DDIMScheduler,
    DPMSolverMultistepScheduler,
    EulerDiscreteScheduler,
    FlowMatchEulerDiscreteScheduler,
    LCMScheduler,
    UniPCMultistepScheduler,
)
from torch import Tensor

from services.motion.errors import Unsuitable
from shared.schemas.generation import MAX_LCM_STEPS, SchedulerName


class Sampler:
    """One run of a diffusers scheduler. Schedulers carry state (docs/method.md, section 8): make one for each run."""

    def __init__(self, scheduler: Any) -> None:
        """The timesteps of `scheduler` are set."""
        self._scheduler = scheduler
        self.timesteps: Tensor = scheduler.timesteps
        """In order, from noise to clean."""
        self._draws_noise = "generator" in inspect.signature(scheduler.step).parameters

    def start(self, noise: Tensor) -> Tensor:
        """The initial latents: noise of variance 1, scaled to the sampler's first noise level."""
        return noise * getattr(self._scheduler, "init_noise_sigma", 1.0)

    def network_input(self, latents: Tensor, timestep: Tensor) -> Tensor:
        """The latents as the network expects them at this timestep."""
        scale = getattr(self._scheduler, "scale_model_input", None)
        return scale(latents, timestep) if scale else latents

    def step(self, pred: Tensor, timestep: Tensor, latents: Tensor, generators: Sequence[torch.Generator]) -> Tensor:
        """The latents at the next timestep; each sample of the batch draws its noise, if any, from its generator."""
        drawn = {"generator": list(generators)} if self._draws_noise else {}
        return self._scheduler.step(pred, timestep, latents, **drawn, return_dict=False)[0]


def ddim(config: Mapping[str, Any], num_steps: int) -> DDIMScheduler:
    """DDIM (Song et al. 2021) on the noise schedule of a diffusers scheduler config."""
    return _with_steps(DDIMScheduler.from_config(dict(config)), num_steps)


def dpmpp_2m(config: Mapping[str, Any], num_steps: int) -> DPMSolverMultistepScheduler:
    """DPM-Solver++ of second order, multistep (Lu et al. 2022)."""
    scheduler = DPMSolverMultistepScheduler.from_config(dict(config), algorithm_type="dpmsolver++", solver_order=2)
    return _with_steps(scheduler, num_steps)


def unipc(config: Mapping[str, Any], num_steps: int) -> UniPCMultistepScheduler:
    """UniPC (Zhao et al. 2023)."""
    return _with_steps(UniPCMultistepScheduler.from_config(dict(config)), num_steps)


def euler(config: Mapping[str, Any], num_steps: int) -> EulerDiscreteScheduler:
    """Euler steps in the noise level (Karras et al. 2022, algorithm 2 without added noise)."""
    return _with_steps(EulerDiscreteScheduler.from_config(dict(config)), num_steps)


def lcm(config: Mapping[str, Any], num_steps: int) -> LCMScheduler:
    """Multistep sampling of a latent consistency model (Luo et al. 2023); the base model must be distilled for it.

    Raises Unsuitable for more than 50 steps.
    """
    if num_steps > MAX_LCM_STEPS:
        raise Unsuitable(f"the scheduler lcm takes at most {MAX_LCM_STEPS} steps, not {num_steps}")
    return _with_steps(LCMScheduler.from_config(dict(config), original_inference_steps=MAX_LCM_STEPS), num_steps)


def flow_unipc(config: Mapping[str, Any], num_steps: int) -> UniPCMultistepScheduler:
    """UniPC on a flow; `config` has its `flow_shift` and `num_train_timesteps`.

    It starts at the first timestep even where rounding makes the first two timesteps equal.
    """
    scheduler = UniPCMultistepScheduler(prediction_type="flow_prediction", use_flow_sigmas=True, **config)
    _with_steps(scheduler, num_steps)
    scheduler.set_begin_index(0)
    return scheduler


def flow_euler(config: Mapping[str, Any], num_steps: int) -> FlowMatchEulerDiscreteScheduler:
    """Euler steps along a flow (Esser et al. 2024); `config` as for `flow_unipc`."""
    scheduler = FlowMatchEulerDiscreteScheduler(
        shift=config["flow_shift"], num_train_timesteps=config["num_train_timesteps"]
    )
    return _with_steps(scheduler, num_steps)


def _with_steps(scheduler: Any, num_steps: int) -> Any:
    scheduler.set_timesteps(num_steps)
    return scheduler


MakeScheduler = Callable[[Mapping[str, Any], int], Any]

DIFFUSION_SAMPLERS: dict[SchedulerName, MakeScheduler] = {
    "ddim": ddim, "dpmpp_2m": dpmpp_2m, "unipc": unipc, "euler": euler, "lcm": lcm,
}  # fmt: skip
FLOW_SAMPLERS: dict[SchedulerName, MakeScheduler] = {"unipc": flow_unipc, "euler": flow_euler}
