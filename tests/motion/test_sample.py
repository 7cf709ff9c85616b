"""Sampling: equal to a reference loop, reproducible and cancellable."""

from typing import Any

import numpy as np
import pytest
import torch
from diffusers import DDIMScheduler

from services.motion.artifacts import adapter_files
from services.motion.artifacts.adapter_files import Adapter
from services.motion.errors import Unsuitable
from services.motion.method import adapters, noise
from services.motion.method.highway import appearance_highway
from services.motion.progress import Canceled, StepProgress
from services.motion.sampling import sample
from services.motion.sampling.sample import SamplingSettings
from services.motion.shapes import VideoSize
from services.motion.training import train
from shared.schemas.generation import GenerationSpec
from tests.motion.inputs import make_recipe

SIZE = VideoSize(3, 32, 32)


@pytest.fixture
def adapter(bundle, latents, text) -> Adapter:
    return train.fit(bundle, latents, text, make_recipe(steps=2, learning_rate=0.5)).adapter


def generate(bundle, prompts=("a bear",), seeds=(1,), settings=SamplingSettings(steps=4), **more: Any) -> np.ndarray:  # noqa: B008
    generators = [noise.make_generator(seed) for seed in seeds]
    return sample.denoise(bundle, prompts, size=SIZE, generators=generators, settings=settings, **more)


@torch.no_grad()
def reference_forward(bundle, *, scale: float, adapter: Adapter, mode: str, num_adapted: int) -> np.ndarray:
    """Four DDIM steps with classifier-free guidance, the first `num_adapted` with adapter and highway."""
    scheduler = DDIMScheduler.from_config(bundle.scheduler.config)
    scheduler.set_timesteps(4)
    latents = torch.randn((4, 3, 4, 4), generator=torch.Generator().manual_seed(1))[None]
    text = bundle.encode_text(["blurry", "a bear"])
    for index, timestep in enumerate(scheduler.timesteps):
        adapted = index < num_adapted
        if adapted:
            adapter_files.apply_adapter(bundle.unet, adapter, name="mine")
        with appearance_highway(bundle.unet, mode if adapted else "off"):
            both = bundle.unet(latents.repeat(2, 1, 1, 1, 1), timestep, encoder_hidden_states=text).sample
        adapters.detach(bundle.unet, "mine")
        latents = scheduler.step(both[:1] + scale * (both[1:] - both[:1]), timestep, latents).prev_sample
    return bundle.decode_latents(latents)


@pytest.mark.parametrize(
    ("mode", "phase", "num_adapted"), [("full", 1.0, 4), ("release", 0.5, 2), ("off", 0.1, 1), ("off", 0.0, 0)]
)
def test_equals_a_reference_loop(bundle, adapter, mode, phase, num_adapted):
    settings = SamplingSettings(steps=4, guidance_scale=5.0, highway=mode, phase=phase)
    got = generate(bundle, settings=settings, adapter=adapter, negative_prompt="blurry", compute_dtype="float32")
    expected = reference_forward(bundle, scale=5.0, adapter=adapter, mode=mode, num_adapted=num_adapted)
    assert got.shape == (1, 3, 32, 32, 3)
    assert np.array_equal(got, expected)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_same_seed_same_bits_whatever_the_global_generator(bundle, adapter, dtype):
    torch.manual_seed(1)
    one = generate(bundle, adapter=adapter, compute_dtype=dtype)
    torch.manual_seed(2)
    assert np.array_equal(generate(bundle, adapter=adapter, compute_dtype=dtype), one)
    assert not np.array_equal(generate(bundle, adapter=adapter, seeds=(2,), compute_dtype=dtype), one)


def test_every_option_changes_the_video(bundle, adapter):
    plain = generate(bundle)
    options = [
        {"adapter": adapter},
        {"adapter": adapter, "settings": SamplingSettings(steps=4, adapter_scale=0.5)},
        {"settings": SamplingSettings(steps=4, highway="full")},
        {"settings": SamplingSettings(steps=4, highway="full", gain=1.3)},
        {"settings": SamplingSettings(steps=5)},
        {"settings": SamplingSettings(steps=4, guidance_scale=1.0)},
        {"negative_prompt": "a car"},
        {"settings": SamplingSettings(steps=4, noise_prior=0.5), "inverted_CFHW": [torch.ones((4, 3, 4, 4))]},
    ]
    videos = [plain, *(generate(bundle, **each) for each in options)]
    assert len({video.tobytes() for video in videos}) == len(videos)


def test_a_batch_renders_each_prompt_with_its_own_generator(bundle):
    pair = generate(bundle, ["a bear", "a car", "a cup"], (1, 2, 3), batch_size=2)
    for index, (prompt, seed) in enumerate([("a bear", 1), ("a car", 2), ("a cup", 3)]):
        alone = generate(bundle, [prompt], [seed])[0]
        assert np.abs(pair[index].astype(int) - alone).max() <= 1


def test_scheduler_of_the_base_is_left_alone(bundle):
    generate(bundle)
    assert bundle.scheduler.num_inference_steps is None


def test_reports_and_cancels_at_any_step(bundle, adapter):
    seen: list[StepProgress] = []
    generate(bundle, ["a", "b"], (1, 2), batch_size=1, on_progress=seen.append)
    assert [(each.phase, each.step, each.total_steps) for each in seen] == [("sampling", n, 8) for n in range(1, 9)]

    def cancel(progress: StepProgress) -> None:
        if progress.step == 2:
            raise Canceled

    with pytest.raises(Canceled):
        generate(bundle, adapter=adapter, on_progress=cancel, settings=SamplingSettings(steps=4, highway="full"))
    assert adapters.attached(bundle.unet) == []


@pytest.mark.parametrize(
    "wrong",
    [{"highway": "half"}, {"phase": 2.0}, {"noise_prior": 0.5}, {"gain": -1.0, "highway": "full"}],
)
def test_refuses(bundle, wrong):
    with pytest.raises(Unsuitable):
        generate(bundle, settings=SamplingSettings(steps=1, **wrong))


def test_run_writes_the_same_file_twice(bundle, adapter, tmp_path):
    spec = GenerationSpec(
        prompt="a bear", base_model="tiny", seed=3, num_frames=3, height=32, width=32, steps=2, guidance_scale=4.0,
        highway={"mode": "full"},
    )  # fmt: skip
    results = [sample.run(bundle, spec, tmp_path / name, adapter=adapter) for name in ("1.mp4", "2.mp4")]
    assert results[0].files[0].read_bytes() == results[1].files[0].read_bytes()
    assert results[0].report["spec"]["seed"] == 3
    assert results[0].report["adapter"]["preset"] == "tap"
