"""The `wan` family: presets, windows of a causal autoencoder, the flow, the library's own pipeline, refusals."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import FlowMatchEulerDiscreteScheduler, UniPCMultistepScheduler, WanPipeline, WanTransformer3DModel

from services.motion.errors import (
    HighwayUnsupported,
    NotABaseModel,
    SpatialPathUnsupported,
    Unsuitable,
    UnsupportedPrediction,
)
from services.motion.families import registry
from services.motion.families.wan import WanBundle
from services.motion.method import adapters, noise
from services.motion.method.highway import appearance_highway
from services.motion.sampling import sample
from services.motion.sampling.sample import SamplingSettings
from services.motion.schedules.flow import FlowSchedule
from services.motion.shapes import VideoSize
from services.motion.training import train
from tests.motion.inputs import make_recipe, num_adapter_parameters
from tests.motion.wan import INDEX, TINY, WAN_1_3B, build_transformer, write_base, write_pair, write_token_timesteps

FRAMES = np.random.default_rng(0).integers(0, 256, (14, 32, 32, 3), np.uint8)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return write_base(tmp_path_factory.mktemp("wan"))


@pytest.fixture(scope="module")
def wan(folder) -> WanBundle:
    return registry.load(folder)


@pytest.fixture(scope="module")
def token_timesteps(tmp_path_factory) -> WanBundle:
    return registry.load(write_token_timesteps(tmp_path_factory.mktemp("tokens")))


@pytest.fixture(scope="module")
def pair_folder(tmp_path_factory) -> Path:
    return write_pair(tmp_path_factory.mktemp("pair"))


@pytest.fixture(scope="module")
def pair(pair_folder) -> WanBundle:
    return registry.load(pair_folder)


@pytest.mark.parametrize(
    ("preset", "num_linears", "millions"),
    [
        ("tap", 30, 2.949),
        ("tap-qk", 60, 5.898),
        ("tap-release", 60, 5.898),
        ("tap-qko", 90, 8.847),
        ("motion-director", 180, 31.949),
    ],
)
def test_presets_of_the_real_network(preset, num_linears, millions):
    with torch.device("meta"):
        transformer = WanTransformer3DModel(**WAN_1_3B)
    names = adapters.target_modules(transformer, preset)
    assert len(names) == num_linears
    assert round(num_adapter_parameters(transformer, names, rank=32) / 1e6, 3) == millions
    assert not any(".attn2." in name for name in names)  # the text's attention sees no time


# ---------------------------------------------------------------- latents and text


def test_sizes(wan):
    assert wan.latent_size(VideoSize(9, 32, 48)) == (4, 3, 4, 6)
    assert wan.latent_size(VideoSize(1, 32, 32)) == (4, 1, 4, 4)


@pytest.mark.parametrize(
    ("size", "why"),
    [
        ((8, 32, 32), r"1 \+ n \* 4 frames"),
        ((9, 40, 32), "multiple of 16"),
        ((9, 32, 8), "width"),
        ((0, 32, 32), "at least"),
    ],
)
def test_sizes_that_do_not_fit(wan, size, why):
    with pytest.raises(Unsuitable, match=why):
        wan.latent_size(VideoSize(*size))


def test_windows_are_encoded_one_by_one(wan):
    """A window's latents are those of its own frames alone, never a slice from the middle of a group."""
    clip = wan.encode_clip(FRAMES, 5)
    assert clip.shape == (8, 4, 2, 4, 4)  # ten windows fit, eight are taken
    assert (wan.num_windows(clip, 5), wan.num_windows(clip, 9)) == (8, 0)
    for index, start in ((0, 0), (7, 9)):
        alone = wan.encode_clip(FRAMES[start : start + 5], 5)
        assert alone.shape[0] == 1
        assert torch.equal(wan.window(clip, index, 5), alone[0])
    assert len(wan.encode_clip(FRAMES[:6], 5)) == 2


def test_latents_are_normed_by_the_autoencoders_statistics(wan):
    pixels = torch.from_numpy(FRAMES[:5]).permute(3, 0, 1, 2)[None] / 127.5 - 1.0
    with torch.no_grad():
        raw = wan.vae.encode(pixels).latent_dist.mode()
    for channel, (mean, std) in enumerate(zip(wan.vae.config.latents_mean, wan.vae.config.latents_std, strict=True)):
        found = wan.encode_clip(FRAMES[:5], 5)[:, channel]
        assert torch.allclose(found, (raw[:, channel] - mean) / std, atol=1e-6)
    decoded = wan.decode_latents(torch.randn((2, 4, 2, 4, 4)))
    assert (decoded.shape, decoded.dtype) == ((2, 5, 32, 32, 3), np.uint8)


@pytest.mark.parametrize(
    ("base", "name"), [("wan", "unipc"), ("pair", "unipc"), ("pair", "euler"), ("token_timesteps", "unipc")]
)
def test_samples_like_the_pipeline_of_diffusers(base, name, request):
    """Text, guidance, flow, sampler and autoencoder: everything, against `WanPipeline` with the folder's scheduler."""
    wan, side = request.getfixturevalue(base), 4 * 8 if base != "token_timesteps" else 4 * 16
    got = sample.denoise(
        wan, ["a  bear"], size=VideoSize(9, side, side), generators=[noise.make_generator(3)],
        settings=SamplingSettings(steps=5, guidance_scale=5.0, scheduler=name), negative_prompt="blurry",
        compute_dtype="float32",
    )  # fmt: skip
    scheduler = (
        FlowMatchEulerDiscreteScheduler(shift=3.0)
        if name == "euler"
        else UniPCMultistepScheduler(prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=3.0)
    )
    network = wan.network
    pair = (network.transformer, network.transformer_2, 0.875) if base == "pair" else (network, None, None)
    pipeline = WanPipeline(
        vae=wan.vae, text_encoder=wan.text_encoder, tokenizer=wan.tokenizer, scheduler=scheduler,
        transformer=pair[0], transformer_2=pair[1], boundary_ratio=pair[2],
        expand_timesteps=base == "token_timesteps",
    )  # fmt: skip
    pipeline.set_progress_bar_config(disable=True)
    theirs = pipeline(
        "a bear", negative_prompt="blurry", num_frames=9, height=side, width=side, num_inference_steps=5,
        guidance_scale=5.0, latents=noise.draw((4, 3, 4, 4), [noise.make_generator(3)]), output_type="np",
    ).frames  # fmt: skip
    assert np.abs(got / 255.0 - theirs).max() < 1 / 255


# ---------------------------------------------------------------- flow


def test_the_flow_is_straight():
    flow, generator = FlowSchedule(shift=3.0), torch.Generator().manual_seed(0)
    clean, own = torch.randn((3, 2, 2, 2, 2), generator=generator), torch.randn((3, 2, 2, 2, 2), generator=generator)
    timesteps = torch.tensor([10.0, 400.5, 1000.0])
    noisy = flow.add_noise(clean, own, timesteps)
    assert torch.allclose(noisy[1], 0.5995 * clean[1] + 0.4005 * own[1])
    assert torch.equal(noisy[2], own[2])
    found = flow.recover_clean_and_noise(flow.training_target(clean, own, timesteps), noisy, timesteps)
    assert all(torch.allclose(each, expected, atol=1e-5) for each, expected in zip(found, (clean, own), strict=True))


def test_its_timesteps_are_shifted_shares_of_the_schedule():
    flow = FlowSchedule(shift=3.0)
    drawn = flow.draw_timesteps(2000, (0.25, 0.5), torch.Generator().manual_seed(0))
    assert 500.0 <= drawn.min() < 501.0  # 3 x 0.25 / (1 + 2 x 0.25), in thousandths
    assert 749.0 < drawn.max() < 750.0
    assert flow.timestep_sequence(2).tolist() == [0.0, 750.0, 1000.0]


def test_inversion_of_a_straight_path():
    flow, generator = FlowSchedule(shift=3.0), torch.Generator().manual_seed(0)
    clean, own = torch.randn((1, 2, 3, 2, 2), generator=generator), torch.randn((1, 2, 3, 2, 2), generator=generator)
    assert torch.allclose(noise.invert(lambda *_: own - clean, flow, clean, num_steps=7), own, atol=1e-4)


def test_samplers_are_never_shared():
    flow = FlowSchedule(shift=3.0)
    one, two = flow.make_sampler(4), flow.make_sampler(4)
    pred, latents, generators = torch.ones((1, 4)), torch.ones((1, 4)), [noise.make_generator(0)]
    first = one.step(pred, one.timesteps[0], latents, generators)
    one.step(pred, one.timesteps[1], first, generators)
    assert torch.equal(two.step(pred, two.timesteps[0], latents, generators), first)


@pytest.mark.parametrize("kind", [UniPCMultistepScheduler, FlowMatchEulerDiscreteScheduler])
def test_reads_the_shift_of_either_scheduler(kind):
    stated = {"prediction_type": "flow_prediction", "use_flow_sigmas": True, "flow_shift": 5.0}
    scheduler = kind(**stated) if kind is UniPCMultistepScheduler else kind(shift=5.0)
    assert FlowSchedule.from_config(scheduler.config | {"_class_name": kind.__name__}).shift == 5.0


@pytest.mark.parametrize(
    "config",
    [
        {"_class_name": "DDIMScheduler"},
        {"_class_name": "UniPCMultistepScheduler"},
        {"_class_name": "FlowMatchEulerDiscreteScheduler", "use_dynamic_shifting": True},
    ],
)
def test_refuses_other_schedules(config):
    with pytest.raises(UnsupportedPrediction):
        FlowSchedule.from_config(config)


# ---------------------------------------------------------------- refusals


@pytest.mark.parametrize("mode", ["release", "full"])
def test_the_highway_is_refused(wan, mode):
    with pytest.raises(HighwayUnsupported, match="no U-Net skips"), appearance_highway(wan.network, mode):
        pass
    with appearance_highway(wan.network, "off"):
        pass


def test_the_spatial_path_is_refused_before_a_clip_is_read(wan, tmp_path):
    recipe = make_recipe(num_frames=5, spatial_path="shared")
    with pytest.raises(SpatialPathUnsupported, match="wan"):
        train.run(wan, recipe, [train.ReferenceClip(tmp_path / "none.mp4", "x")], tmp_path)
    with pytest.raises(SpatialPathUnsupported), wan.temporal_bypass():
        pass


def test_latents_of_other_windows_are_refused(wan):
    clip, text = wan.encode_clip(FRAMES, 9), wan.encode_text(["a cup turning"])
    with pytest.raises(Unsuitable, match="window of 5"):
        train.fit(wan, [clip], text, make_recipe(num_frames=5))


def edit(path: Path, **values: object) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def drop_text_encoder(base: Path) -> None:
    shutil.rmtree(base / "text_encoder")


def narrow_text(base: Path) -> None:
    WanTransformer3DModel(**TINY | {"text_dim": 8}).save_pretrained(base / "transformer")


def image_to_video(base: Path) -> None:
    WanTransformer3DModel(**TINY | {"in_channels": 9}).save_pretrained(base / "transformer")


def drop_weights(base: Path) -> None:
    (base / "text_encoder" / "model.safetensors").unlink()


BROKEN = {
    "no second": (
        lambda base: edit(base / "model_index.json", transformer_2=INDEX["transformer"], boundary_ratio=0.875),
        "the folder transformer_2/ is missing",
    ),
    "no text encoder": (drop_text_encoder, "the folder text_encoder/ is missing"),
    "no weights": (drop_weights, "text_encoder/ has no weights"),
    "other text width": (narrow_text, "embeddings are 16 wide and the transformer reads 8"),
    "image to video": (image_to_video, "4 latent channels and the transformer reads 9"),
    "diffusion": (
        lambda base: edit(base / "scheduler" / "scheduler_config.json", prediction_type="epsilon"),
        "scheduler: prediction type 'epsilon'",
    ),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_error_messages_with_a_folder(folder, tmp_path, kind):
    break_it, expected = BROKEN[kind]
    base = shutil.copytree(folder, tmp_path / "base")
    break_it(base)
    with pytest.raises(NotABaseModel) as caught:
        registry.load(base)
    assert expected in str(caught.value)


# ---------------------------------------------------------------- two transformers


def test_each_sample_goes_through_the_transformer_of_its_noise_level(pair):
    generator = torch.Generator().manual_seed(0)
    noisy, text = torch.randn((4, 4, 2, 4, 4), generator=generator), pair.encode_text(["a", "b", "c", "d"])
    timestep = torch.tensor([100.0, 900.0, 875.0, 874.9])
    with torch.no_grad():
        got = pair.predict(noisy, timestep, text)
        high = pair.network.transformer(noisy[1:3], timestep[1:3], text[1:3]).sample
        low = pair.network.transformer_2(noisy[[0, 3]], timestep[[0, 3]], text[[0, 3]]).sample
    assert torch.equal(got, torch.stack([low[0], high[0], high[1], low[1]]))


def test_an_adapter_has_layers_in_both(pair):
    names = adapters.target_modules(pair.network, "tap")
    assert names == [f"{each}.blocks.{n}.attn1.to_k" for each in ("transformer", "transformer_2") for n in range(2)]


def test_they_belong_to_the_content_and_must_match(pair, pair_folder, tmp_path):
    base = shutil.copytree(pair_folder, tmp_path / "base")
    WanTransformer3DModel(**TINY | {"num_layers": 1}).save_pretrained(base / "transformer_2")
    with pytest.raises(NotABaseModel, match="transformer_2: num_layers differs from the first"):
        registry.load(base)
    build_transformer(seed=2).save_pretrained(base / "transformer_2")
    assert registry.load(base).content_hash != pair.content_hash
    edit(base / "model_index.json", boundary_ratio=None)
    with pytest.raises(NotABaseModel, match="need a boundary_ratio between 0 and 1, not None"):
        registry.load(base)
