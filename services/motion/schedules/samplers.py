"""The samplers: one function for each sampler of a noise schedule, by its API name (the default first).

To add a sampler, write its function, add it to the table of its kind of schedule, and add its name to `SchedulerName`
in `shared/schemas/generation.py`. Schedulers carry state (docs/method.md, section 8), so every call makes a new one.
"""

from collections.abc import Callable, Mapping
from typing import Any

from diffusers import DDIMScheduler, UniPCMultistepScheduler

from shared.schemas.generation import SchedulerName


def ddim(config: Mapping[str, Any], num_steps: int) -> DDIMScheduler:
    """DDIM (Song et al. 2021) on the noise schedule of a diffusers scheduler config."""
    scheduler: Any = DDIMScheduler.from_config(dict(config))
    scheduler.set_timesteps(num_steps)
    return scheduler


def unipc(config: Mapping[str, Any], num_steps: int) -> UniPCMultistepScheduler:
    """UniPC (Zhao et al. 2023) on a flow; `config` has its `flow_shift` and `num_train_timesteps`.

    It starts at the first timestep even where rounding makes the first two timesteps equal.
    """
    scheduler = UniPCMultistepScheduler(prediction_type="flow_prediction", use_flow_sigmas=True, **config)
    scheduler.set_timesteps(num_steps)
    scheduler.set_begin_index(0)
    return scheduler


Sampler = Callable[[Mapping[str, Any], int], Any]

DIFFUSION_SAMPLERS: dict[SchedulerName, Sampler] = {"ddim": ddim}
FLOW_SAMPLERS: dict[SchedulerName, Sampler] = {"unipc": unipc}
