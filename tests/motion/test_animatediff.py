"""The `animatediff` family: both layouts, its highway against a reference forward pass, and the library's pipeline."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import AnimateDiffPipeline, MotionAdapter, UNet2DConditionModel, UNetMotionModel
from torch import Tensor

from services.motion.errors import NotABaseModel, Unsuitable
from services.motion.families import animatediff, registry
from services.motion.families.protocol import Bundle
from services.motion.families.unet import use_plain_attention
from services.motion.method import adapters, noise
from services.motion.method.highway import appearance_highway
from services.motion.sampling import sample
from services.motion.sampling.sample import SamplingSettings
from services.motion.schedules.samplers import DIFFUSION_SAMPLERS
from services.motion.shapes import VideoSize
from tests.motion.animatediff import TINY, V1_5_3, build_unet, write_assembled, write_whole
from tests.motion.inputs import num_adapter_parameters

GAIN = 1.1
DEEP = TINY | {
    "down_block_types": ("CrossAttnDownBlockMotion",) * 3 + ("DownBlockMotion",),
    "up_block_types": ("UpBlockMotion",) + ("CrossAttnUpBlockMotion",) * 3,
    "block_out_channels": (8, 8, 16, 16),
    "layers_per_block": 2,
    "use_motion_mid_block": False,
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Stable Diffusion's parts with motion modules beside them."""
    return write_assembled(tmp_path_factory.mktemp("assembled"))


@pytest.fixture(scope="module")
def assembled(folder) -> Bundle:
    return registry.load(folder)


def make_inputs(num_frames: int = 3) -> dict[str, Tensor]:
    generator = torch.Generator().manual_seed(0)
    return {
        "sample": torch.randn((2, 4, num_frames, 4, 4), generator=generator),
        "timestep": torch.tensor([100, 700]),
        "encoder_hidden_states": torch.randn((2, 5, 16), generator=generator).repeat_interleave(num_frames, 0),
    }


@torch.no_grad()
def forward(unet: UNetMotionModel, num_frames: int = 3) -> Tensor:
    return unet(**make_inputs(num_frames)).sample


# ---------------------------------------------------------------- presets


@pytest.mark.parametrize(
    ("preset", "num_linears", "millions"),
    [
        ("tap", 40, 2.253),
        ("tap-qk", 80, 4.506),
        ("tap-release", 80, 4.506),
        ("tap-qko", 120, 6.758),
        ("motion-director", 200, 16.896),
    ],
)
def test_presets_of_the_real_network(preset, num_linears, millions):
    with torch.device("meta"):
        unet = UNetMotionModel(**V1_5_3)
    names = adapters.target_modules(unet, preset)
    assert len(names) == num_linears
    assert all(".motion_modules." in name for name in names)
    assert round(num_adapter_parameters(unet, names, rank=32) / 1e6, 3) == millions
    assert not any(".motion_modules." in name for name in adapters.target_modules(unet, "spatial"))


# ---------------------------------------------------------------- highway


@torch.no_grad()
def reference_forward(unet: UNetMotionModel, mode: str, *, num_frames: int = 3) -> Tensor:
    """UNetMotionModel.forward with the Appearance Highway (docs/method.md, section 3)."""
    inputs = make_inputs(num_frames)
    emb = unet.time_embedding(unet.time_proj(inputs["timestep"])).repeat_interleave(num_frames, 0)
    text = inputs["encoder_hidden_states"]
    hidden = unet.conv_in(inputs["sample"].transpose(1, 2).flatten(0, 1))
    skips = [hidden]
    crossing = [index for index, block in enumerate(unet.down_blocks) if hasattr(block, "attentions")]
    replaced = {"off": [], "release": crossing[-1:], "full": range(len(unet.down_blocks))}[mode]
    for index, block in enumerate(unet.down_blocks):
        for layer in range(len(block.resnets)):
            hidden, before = _layer(block, layer, hidden, emb, text, num_frames)
            start = before if index in replaced else hidden
            skips.append(start * GAIN if mode == "full" else start)
        if block.downsamplers:
            hidden = block.downsamplers[0](hidden)
            skips.append(hidden)
    options = {"num_frames": num_frames} if hasattr(unet.mid_block, "motion_modules") else {}
    hidden = unet.mid_block(hidden, emb, encoder_hidden_states=text, **options)
    widest = max(unet.config.block_out_channels)
    for index, block in enumerate(unet.up_blocks):
        for layer in range(len(block.resnets)):
            skip = skips.pop()
            if mode == "release" and hasattr(block, "attentions") and hidden.shape[1] == widest:
                skip = skip * GAIN
            hidden, _ = _layer(block, layer, torch.cat([hidden, skip], 1), emb, text, num_frames)
        if block.upsamplers:
            size = skips[-1].shape[2:] if index < len(unet.up_blocks) - 1 else None
            hidden = block.upsamplers[0](hidden, size)
    hidden = unet.conv_out(unet.conv_act(unet.conv_norm_out(hidden)))
    return hidden.unflatten(0, (-1, num_frames)).transpose(1, 2)


def _layer(block: Any, index: int, hidden: Tensor, emb: Tensor, text: Tensor, num_frames: int) -> tuple[Tensor, Tensor]:
    """One layer's output, and what it was before the motion module."""
    before = block.resnets[index](hidden, emb)
    if hasattr(block, "attentions"):
        before = block.attentions[index](before, encoder_hidden_states=text, return_dict=False)[0]
    return block.motion_modules[index](before, num_frames=num_frames), before


@pytest.mark.parametrize("config", [TINY, DEEP], ids=["tiny", "deep"])
def test_highway_equals_a_reference_forward(config):
    unet = build_unet(config)
    adapters.attach(unet, "motion-director", rank=2)
    for parameter in adapters.parameters(unet, "motion"):
        torch.nn.init.normal_(parameter)
    before, outputs = forward(unet), []
    assert torch.equal(before, reference_forward(unet, "off"))
    for mode in ("release", "full"):
        with appearance_highway(unet, mode, gain=GAIN):
            outputs.append(forward(unet))
        assert torch.equal(outputs[-1], reference_forward(unet, mode))
        assert torch.equal(forward(unet), before)
    assert len({output.numpy().tobytes() for output in [before, *outputs]}) == 3
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in unet.modules())


def test_highway_is_gone_after_an_exception():
    unet = build_unet()
    before = forward(unet)

    def fail(*_: Any) -> None:
        raise KeyError

    handle = unet.down_blocks[1].motion_modules[0].register_forward_hook(fail)
    with pytest.raises(KeyError), appearance_highway(unet, "full"):
        forward(unet)
    handle.remove()
    assert torch.equal(forward(unet), before)


# ---------------------------------------------------------------- folders


def test_temporal_bypass_gives_the_image_model(assembled, folder):
    """One frame with the motion modules skipped is what Stable Diffusion predicts of it, to the bit."""
    image = UNet2DConditionModel.from_pretrained(folder / "unet")
    use_plain_attention(image, assembled.device)
    inputs = make_inputs(1)
    with torch.no_grad():
        expected = image(inputs["sample"][:, :, 0], inputs["timestep"], inputs["encoder_hidden_states"]).sample
    plain = forward(assembled.network, 1)
    with assembled.temporal_bypass():
        assert torch.equal(forward(assembled.network, 1)[:, :, 0], expected)
    assert torch.equal(forward(assembled.network, 1), plain)
    assert not torch.equal(plain[:, :, 0], expected)


def test_assembled_network_equals_that_of_diffusers(assembled, folder):
    image = UNet2DConditionModel.from_pretrained(folder / "unet")
    expected = UNetMotionModel.from_unet2d(image, MotionAdapter.from_pretrained(folder / "motion_adapter")).state_dict()
    found = assembled.network.state_dict()
    assert found.keys() == expected.keys()
    assert all(torch.equal(found[key], value) for key, value in expected.items())
    assert assembled.scheduler.config["beta_schedule"] == "linear"  # not the image model's


def test_half_precision_reaches_the_assembled_network(folder):
    network = registry.load(folder, dtype=torch.bfloat16).network
    assert {parameter.dtype for parameter in network.parameters()} == {torch.bfloat16}


def test_the_motion_modules_belong_to_the_content(assembled, folder, tmp_path):
    copy = shutil.copytree(folder, tmp_path / "copy")
    config = copy / "motion_adapter" / "config.json"
    config.write_text(config.read_text() + " ")
    assert registry.load(copy).content_hash != assembled.content_hash


@pytest.mark.parametrize("name", DIFFUSION_SAMPLERS)
def test_samples_like_the_pipeline_of_diffusers(name, tmp_path):
    folder = write_whole(tmp_path)
    bundle = registry.load(folder)
    generator = noise.make_generator(3)
    latents = noise.draw((4, 4, 4, 4), [generator])
    got = sample.denoise(
        bundle, ["a bear"], size=VideoSize(4, 32, 32), generators=[noise.make_generator(3)],
        settings=SamplingSettings(steps=4, guidance_scale=5.0, scheduler=name), negative_prompt="blurry",
        compute_dtype="float32",
    )  # fmt: skip
    pipeline = AnimateDiffPipeline(
        vae=bundle.vae, text_encoder=bundle.text_encoder, tokenizer=bundle.tokenizer, unet=bundle.network,
        motion_adapter=MotionAdapter(motion_num_attention_heads=1, block_out_channels=(32,)),
        scheduler=DIFFUSION_SAMPLERS[name](bundle.scheduler.config, 4),
    )  # fmt: skip
    pipeline.set_progress_bar_config(disable=True)
    theirs = pipeline(
        "a bear", num_frames=4, height=32, width=32, num_inference_steps=4, guidance_scale=5.0,
        negative_prompt="blurry", latents=latents, generator=generator, output_type="np",
    ).frames  # fmt: skip
    assert np.abs(got / 255.0 - theirs).max() < 1 / 255


def test_refuses_more_frames_than_it_has_positions_for(assembled):
    assert assembled.latent_size(VideoSize(6, 32, 32)) == (4, 6, 4, 4)
    with pytest.raises(Unsuitable, match="6 frames at most"):
        assembled.latent_size(VideoSize(7, 32, 32))


def drop_adapter(base: Path) -> None:
    shutil.rmtree(base / "motion_adapter")


def other_adapter(base: Path) -> None:
    MotionAdapter(block_out_channels=(8, 8), motion_norm_num_groups=4, motion_num_attention_heads=2).save_pretrained(
        base / "motion_adapter"
    )


def other_class(base: Path) -> None:
    path = base / "motion_adapter" / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"_class_name": "ControlNetModel"}))


BROKEN = {
    "no adapter": (drop_adapter, "a MotionAdapter in motion_adapter/ would make"),
    "no weights": (
        lambda base: (base / "motion_adapter" / "diffusion_pytorch_model.safetensors").unlink(),
        "motion_adapter/ has no weights",
    ),
    "other adapter": (other_adapter, "motion_adapter: Incompatible Motion Adapter"),
    "other class": (other_class, "describes a ControlNetModel, this family needs a MotionAdapter"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_error_messages_with_a_folder(folder, tmp_path, kind):
    break_it, expected = BROKEN[kind]
    base = shutil.copytree(folder, tmp_path / "base")
    break_it(base)
    with pytest.raises(NotABaseModel) as caught:
        registry.load(base)
    assert expected in str(caught.value)


def test_an_image_model_alone_is_no_base_of_this_family(folder, tmp_path):
    base = shutil.copytree(folder, tmp_path / "base")
    drop_adapter(base)
    with pytest.raises(NotABaseModel, match="unet is a UNet2DConditionModel, this family needs a UNetMotionModel"):
        animatediff.load(base)
