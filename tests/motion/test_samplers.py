"""Samplers on distributions whose best denoiser is known in closed form: the ends of their paths are known too."""

import pytest
import torch
from torch import Tensor

from services.motion.errors import Unsuitable
from services.motion.method import noise
from services.motion.schedules import diffusion
from services.motion.schedules.flow import FlowSchedule
from services.motion.schedules.protocol import NoiseSchedule
from services.motion.schedules.samplers import DIFFUSION_SAMPLERS, FLOW_SAMPLERS
from shared.families import FAMILIES
from shared.schemas.generation import SchedulerName

CONFIG = {
    "beta_schedule": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012, "timestep_spacing": "trailing",
    "prediction_type": "epsilon", "set_alpha_to_one": True,
}  # fmt: skip
MEAN, DEVIATION = 0.6, 2.0
SEEDS = range(6)
SAMPLERS: list[tuple[str, SchedulerName]] = [
    *[("epsilon", name) for name in DIFFUSION_SAMPLERS],
    *[("v_prediction", name) for name in DIFFUSION_SAMPLERS],
    *[("flow", name) for name in FLOW_SAMPLERS],
]
DETERMINISTIC = [case for case in SAMPLERS if case[1] != "lcm"]


def _schedule(kind: str) -> NoiseSchedule:
    if kind == "flow":
        return FlowSchedule(shift=3.0)
    return diffusion.DiffusionSchedule(diffusion.from_config(CONFIG | {"prediction_type": kind}))


def _levels(kind: str, schedule: NoiseSchedule, timestep: Tensor) -> tuple[float, float]:
    """The factors of clean values and of noise at a timestep."""
    at = timestep.reshape(1) if kind == "flow" else timestep.reshape(1).long()
    one, zero = torch.ones(1, 1), torch.zeros(1, 1)
    return schedule.add_noise(one, zero, at).item(), schedule.add_noise(zero, one, at).item()


def _best_prediction(kind: str, noisy: Tensor, signal: float, sigma: float, deviation: float) -> Tensor:
    """The prediction with the least error for clean values from a normal distribution around MEAN."""
    own = sigma * (noisy - signal * MEAN) / ((signal * deviation) ** 2 + sigma**2)
    clean = (noisy - sigma * own) / signal if signal else torch.full_like(noisy, MEAN)
    return {"epsilon": own, "v_prediction": signal * own - sigma * clean, "flow": own - clean}[kind]


def _sample(kind: str, name: SchedulerName, num_steps: int, deviation: float, seeds: range = SEEDS) -> Tensor:
    """The clean values at the end of the sampler's path from each seed's noise."""
    schedule, generators = _schedule(kind), [noise.make_generator(seed) for seed in seeds]
    start = torch.stack([torch.randn(1, generator=generator) for generator in generators])
    sampler = schedule.make_sampler(num_steps, name)
    values = sampler.start(start)
    for timestep in sampler.timesteps:
        levels = _levels(kind, schedule, timestep)
        pred = _best_prediction(kind, sampler.network_input(values, timestep), *levels, deviation)
        values = sampler.step(pred, timestep, values, generators)
    return values


def _error(kind: str, name: SchedulerName, num_steps: int) -> float:
    """The greatest distance of a sampler's ends from those of the exact paths (probability flow)."""
    schedule = _schedule(kind)
    signal, sigma = _levels(kind, schedule, schedule.make_sampler(num_steps, name).timesteps[0])
    start = torch.stack([torch.randn(1, generator=noise.make_generator(seed)) for seed in SEEDS])
    exact = MEAN + DEVIATION * (start - signal * MEAN) / ((signal * DEVIATION) ** 2 + sigma**2) ** 0.5
    return (_sample(kind, name, num_steps, DEVIATION) - exact).abs().max().item()


@pytest.mark.parametrize(("kind", "name"), DETERMINISTIC)
def test_paths_come_nearer_to_the_exact_ones_with_more_steps(kind: str, name: SchedulerName):
    """The error of Euler's method halves with twice the steps; methods of second order are at it with a quarter."""
    assert _error(kind, name, 40) < 0.6 * _error(kind, name, 20)
    first_order = "euler" if kind == "flow" else "ddim"
    assert name in {"ddim", "euler"} or _error(kind, name, 10) < _error(kind, first_order, 40)


@pytest.mark.parametrize(("kind", "name"), SAMPLERS)
def test_a_point_is_found_from_any_noise(kind: str, name: SchedulerName):
    assert torch.allclose(_sample(kind, name, 8, 0.0), torch.tensor(MEAN), atol=2e-3)


@pytest.mark.parametrize("kind", ["epsilon", "v_prediction"])
def test_euler_is_ddim_in_other_coordinates(kind: str):
    ddim, euler = _sample(kind, "ddim", 12, DEVIATION), _sample(kind, "euler", 12, DEVIATION)
    assert torch.allclose(ddim, euler, atol=0.02)


def test_lcm_draws_its_noise_from_the_generator_of_each_sample():
    whole = _sample("epsilon", "lcm", 4, DEVIATION)
    again = _sample("epsilon", "lcm", 4, DEVIATION)
    part = _sample("epsilon", "lcm", 4, DEVIATION, range(2, 4))
    assert torch.equal(whole, again)
    assert torch.equal(whole[2:4], part)
    assert len(set(whole.flatten().tolist())) == len(whole)


def test_a_folders_own_solver_does_not_change_what_a_sampler_is():
    """A folder's scheduler may be another solver of the same class, which draws noise or is of another order."""
    own = {"_class_name": "DPMSolverMultistepScheduler", "algorithm_type": "sde-dpmsolver++", "solver_order": 3}
    plain, other = (diffusion.from_config(config) for config in (CONFIG, CONFIG | own))
    samplers = [diffusion.DiffusionSchedule(one).make_sampler(6, "dpmpp_2m") for one in (plain, other)]
    ends: list[Tensor] = []
    for sampler in samplers:
        values = torch.ones(1, 1)
        for timestep in sampler.timesteps:
            values = sampler.step(0.5 * values, timestep, values, [noise.make_generator(1)])
        ends.append(values)
    assert torch.equal(*ends)


def test_lcm_takes_at_most_fifty_steps():
    with pytest.raises(Unsuitable, match="at most 50 steps, not 51"):
        _schedule("epsilon").make_sampler(51, "lcm")


def test_every_family_lists_the_samplers_of_its_schedules():
    for family, info in FAMILIES.items():
        table = FLOW_SAMPLERS if family == "wan" else DIFFUSION_SAMPLERS
        assert info.samplers == tuple(table)
