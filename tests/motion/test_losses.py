"""The training loss, noise schedules, initial noise and the phase of Phased LoRA Integration."""

import math

import pytest
import torch
from diffusers import DDIMScheduler

from services.motion.errors import Unsuitable, UnsupportedPrediction
from services.motion.method import noise
from services.motion.method.losses import motion_loss
from services.motion.sampling.sample import num_adapted_steps
from services.motion.schedules import diffusion


def test_motion_loss_equals_loops():
    generator = torch.Generator().manual_seed(0)
    pred, target = torch.randn((2, 3, 2, 4, 2, 2), generator=generator, dtype=torch.float64)
    anchor = torch.tensor([3, 0, 1])
    plain = debiased = 0.0
    for b in range(3):
        for f in range(4):
            plain += (pred[b, :, f] - target[b, :, f]).square().sum().item()
            left = math.sqrt(2) * pred[b, :, f] - pred[b, :, anchor[b]]
            right = math.sqrt(2) * target[b, :, f] - target[b, :, anchor[b]]
            debiased += (left - right).square().sum().item()
    assert motion_loss(pred, target, anchor).item() == pytest.approx((plain + debiased) / pred.numel(), rel=1e-5)
    assert motion_loss(target, target, anchor).item() == 0.0
    assert motion_loss(pred.bfloat16(), target.bfloat16(), anchor).dtype == torch.float32


@pytest.mark.parametrize("prediction_type", ["epsilon", "v_prediction"])
def test_recovers_clean_latents_and_noise(prediction_type):
    scheduler = DDIMScheduler(prediction_type=prediction_type)
    clean, own = torch.randn((2, 3, 4, 2, 2), generator=torch.Generator().manual_seed(1)), torch.randn((3, 4, 2, 2))
    clean, timesteps = torch.randn_like(own), torch.tensor([10, 400, 900])
    noisy = scheduler.add_noise(clean, own, timesteps)
    pred = diffusion.training_target(scheduler, clean, own, timesteps)
    got_clean, got_noise = diffusion.recover_clean_and_noise(scheduler, pred, noisy, timesteps)
    assert torch.allclose(got_clean, clean, atol=1e-3)
    assert torch.allclose(got_noise, own, atol=1e-3)


def test_schedulers_are_never_shared():
    scheduler = diffusion.from_config({"beta_schedule": "squaredcos_cap_v2", "prediction_type": "v_prediction"})
    other = diffusion.copy_scheduler(scheduler)
    other.set_timesteps(3)
    assert scheduler.num_inference_steps is None
    assert torch.equal(other.alphas_cumprod, scheduler.alphas_cumprod)
    assert not scheduler.config.clip_sample


def test_unknown_predictions_are_refused():
    with pytest.raises(UnsupportedPrediction, match="sample"):
        diffusion.from_config({"prediction_type": "sample"})


def test_timesteps_stay_within_their_range():
    drawn = diffusion.draw_timesteps(DDIMScheduler(), 2000, (0.25, 0.5), torch.Generator().manual_seed(0))
    assert (drawn.min().item(), drawn.max().item()) == (250, 499)


def test_noise_is_one_generators_own():
    one, two = noise.make_generator(1), noise.make_generator(2)
    pair = noise.draw((2, 3), [one, two])
    assert torch.equal(pair[1], noise.draw((2, 3), [noise.make_generator(2)])[0])
    assert not torch.equal(pair[0], pair[1])


def test_noise_prior_keeps_unit_variance():
    drawn, inverted = torch.randn((1, 4, 8, 32, 32)), torch.randn((4, 8, 32, 32))
    assert noise.mix(drawn, inverted, 0.3).std().item() == pytest.approx(1.0, abs=0.02)
    assert torch.equal(noise.mix(drawn, inverted, 0.0), drawn)
    assert torch.equal(noise.mix(drawn, inverted, 1.0)[0], inverted)


@pytest.mark.parametrize(("inverted", "prior"), [(None, 0.5), (torch.zeros(1), 0.5), (torch.zeros((4, 2)), 1.5)])
def test_noise_prior_refuses(inverted, prior):
    with pytest.raises(Unsuitable):
        noise.mix(torch.zeros((1, 4, 2)), inverted, prior)


def test_inversion_with_a_perfect_network_gives_its_noise():
    scheduler = diffusion.from_config({"beta_schedule": "squaredcos_cap_v2", "prediction_type": "epsilon"})
    own = torch.randn((1, 2, 3, 4, 4), generator=torch.Generator().manual_seed(2))
    clean = torch.randn((1, 2, 3, 4, 4), generator=torch.Generator().manual_seed(3))
    start = scheduler.add_noise(clean, own, torch.tensor([0]))
    inverted = noise.invert(lambda noisy, timestep: own, diffusion.DiffusionSchedule(scheduler), start, num_steps=10)
    assert torch.allclose(inverted, own, atol=0.05)


@pytest.mark.parametrize(
    ("fraction", "num_steps", "expected"), [(1.0, 30, 30), (0.0, 30, 0), (0.5, 5, 2), (0.7, 10, 7)]
)
def test_phase(fraction, num_steps, expected):
    assert num_adapted_steps(fraction, num_steps) == expected


def test_phase_refuses():
    with pytest.raises(Unsuitable):
        num_adapted_steps(1.01, 10)
