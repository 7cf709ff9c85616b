"""Loading base models from folders: complete, legacy and broken ones."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers.models.resnet import TemporalConvLayer
from safetensors.torch import load_file, save_file

from services.motion.errors import NotABaseModel, Unsuitable
from services.motion.families import unet, unet3d
from services.motion.method import noise
from services.motion.sampling import sample
from services.motion.shapes import VideoSize
from services.motion.training import train
from tests.motion.inputs import forward, make_recipe
from tests.motion.legacy import write_zeroscope
from tests.motion.models import TINY, build_unet


def test_loads_frozen_and_in_evaluation_mode(bundle):
    assert not any(parameter.requires_grad for parameter in bundle.unet.parameters())
    assert not any(module.training for module in (bundle.unet, bundle.vae, bundle.text_encoder))
    reference = build_unet()
    unet.use_plain_attention(reference, bundle.device)
    assert torch.equal(forward(bundle.unet), forward(reference))
    assert bundle.vae_factor == 8
    assert bundle.latent_size(VideoSize(5, 32, 64)) == (4, 5, 4, 8)


@pytest.mark.parametrize("size", [(4, 33, 32), (4, 32, 12), (0, 32, 32), (4, 0, 32)])
def test_sizes_that_do_not_fit(bundle, size):
    with pytest.raises(Unsuitable):
        bundle.latent_size(VideoSize(*size))


def test_content_hash_is_of_the_content(base_folder, bundle, tmp_path):
    copy = shutil.copytree(base_folder, tmp_path / "copy")
    (copy / "README.md").write_text("a word more")
    assert unet3d.load(copy).content_hash == bundle.content_hash
    path = copy / "scheduler" / "scheduler_config.json"
    path.write_text(path.read_text() + " ")
    assert unet3d.load(copy).content_hash != bundle.content_hash


def test_revision_comes_from_the_card(base_folder, bundle, tmp_path):
    copy = shutil.copytree(base_folder, tmp_path / "copy")
    (copy / "choreo.json").write_text(json.dumps({"revision": "2024-05"}))
    assert unet3d.load(copy).revision == "2024-05"
    assert bundle.revision == bundle.content_hash[:12]


def test_autoencoder_round_trip_has_the_right_shapes(bundle):
    frames = np.random.default_rng(0).integers(0, 256, (5, 32, 48, 3), np.uint8)
    latents = bundle.encode_frames(frames)
    assert latents.shape == (5, 4, 4, 6)
    decoded = bundle.decode_latents(latents.transpose(0, 1)[None])
    assert (decoded.shape, decoded.dtype) == ((1, 5, 32, 48, 3), np.uint8)
    assert torch.allclose(bundle.encode_frames(frames[2:3]), latents[2:3], atol=1e-5)


def test_long_prompts_are_cut_to_what_the_encoder_takes(bundle):
    assert bundle.encode_text(["word " * 50, "short"]).shape == (2, 12, 16)


def test_temporal_bypass_makes_frames_independent(bundle):
    plain = forward(bundle.unet, num_frames=3)
    with unet3d.temporal_bypass(bundle.unet):
        together = forward(bundle.unet, num_frames=3)
        assert not torch.equal(together, plain)
        for module in bundle.unet.modules():
            if isinstance(module, TemporalConvLayer):
                assert module(torch.ones(1), num_frames=1).item() == 1.0
    assert torch.equal(forward(bundle.unet, num_frames=3), plain)
    with pytest.raises(KeyError), unet3d.temporal_bypass(bundle.unet):
        raise KeyError
    assert torch.equal(forward(bundle.unet, num_frames=3), plain)


def test_skipping_identity_convolutions_changes_no_bit():
    unet = build_unet()
    for module in unet.up_blocks.modules():
        if isinstance(module, TemporalConvLayer):
            torch.nn.init.zeros_(module.conv4[-1].weight)
            torch.nn.init.zeros_(module.conv4[-1].bias)
    before, calls = forward(unet), []
    unet.up_blocks[0].temp_convs[0].conv1.register_forward_hook(lambda *_: calls.append(1))
    unet.down_blocks[0].temp_convs[0].conv1.register_forward_hook(lambda *_: calls.append(2))
    unet3d._skip_identity_convolutions(unet)
    assert torch.equal(forward(unet), before)
    assert calls == [2]


def test_zeroscopes_own_layout_loads_trains_and_samples(tmp_path):
    bundle = unet3d.load(write_zeroscope(tmp_path))
    assert len(bundle.unet.down_blocks) == 4
    latents = bundle.encode_frames(np.zeros((2, 64, 64, 3), np.uint8))
    recipe = make_recipe(steps=1, num_frames=2, batch_size=1, spatial_path="shared")
    fitted = train.fit(bundle, [latents], bundle.encode_text(["a cup turning"]), recipe)
    assert len(fitted.adapter.tensors) == 2 * 34
    frames = sample.denoise(
        bundle, ["a bear"], size=VideoSize(2, 64, 64), generators=[noise.make_generator(0)], adapter=fitted.adapter,
        settings=sample.SamplingSettings(steps=2, highway="release"),
    )  # fmt: skip
    assert frames.shape == (1, 2, 64, 64, 3)


# ---------------------------------------------------------------- folders that are not one


UNET, SCHEDULER = "unet/config.json", "scheduler/scheduler_config.json"
WEIGHTS = "diffusion_pytorch_model.safetensors"


def drop_weight(path: Path) -> None:
    weights = load_file(path)
    del weights["conv_in.bias"]
    save_file(weights, path)


def edit(path: Path, **values: object) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


BROKEN: dict[str, tuple[Callable[[Path], object], str]] = {
    "empty": (shutil.rmtree, "is not a folder"),
    "no index": (lambda base: (base / "model_index.json").unlink(), "model_index.json is missing"),
    "index is no json": (lambda base: (base / "model_index.json").write_text("{"), "model_index.json is not JSON"),
    "index is a list": (lambda base: (base / "model_index.json").write_text("[]"), "not a JSON object"),
    "no unet named": (lambda base: edit(base / "model_index.json", unet=None), "model_index.json has no unet"),
    "other network": (
        lambda base: edit(base / "model_index.json", unet=["diffusers", "UNet2DConditionModel"]),
        "unet is a UNet2DConditionModel, this family needs a UNet3DConditionModel",
    ),
    "other config": (lambda base: edit(base / UNET, _class_name="UNetMotionModel"), "describes a UNetMotionModel"),
    "no vae": (lambda base: shutil.rmtree(base / "vae"), "the folder vae/ is missing"),
    "no text config": (lambda base: (base / "text_encoder" / "config.json").unlink(), "config.json is missing"),
    "no weights": (lambda base: (base / "unet" / WEIGHTS).unlink(), "unet/ has no weights"),
    "cut weights": (lambda base: (base / "vae" / WEIGHTS).write_bytes(b"\x10" + bytes(40)), "vae: "),
    "missing weights": (lambda base: drop_weight(base / "unet" / WEIGHTS), "1 weights are missing, the first is conv_"),
    "other shape": (lambda base: edit(base / UNET, block_out_channels=[8, 8, 16]), "unet: "),
    "other text width": (lambda base: edit(base / UNET, cross_attention_dim=24), "unet: "),
    "no tokenizer": (lambda base: shutil.rmtree(base / "tokenizer"), "the folder tokenizer/ is missing"),
    "odd schedule": (lambda base: edit(base / SCHEDULER, prediction_type="sample"), "prediction type 'sample'"),
    "unknown schedule": (lambda base: edit(base / SCHEDULER, beta_schedule="none"), "scheduler: "),
}  # fmt: skip


@pytest.mark.parametrize("kind", BROKEN)
def test_error_messages_with_a_folder(base_folder, tmp_path, kind):
    break_it, expected = BROKEN[kind]
    base = shutil.copytree(base_folder, tmp_path / "base")
    break_it(base)
    with pytest.raises(NotABaseModel) as caught:
        unet3d.load(base)
    assert expected in str(caught.value)


def test_components_with_different_dimensions_are_refused(tmp_path, base_folder):
    base = shutil.copytree(base_folder, tmp_path / "base")
    build_unet(TINY | {"cross_attention_dim": 24}).save_pretrained(base / "unet")
    with pytest.raises(NotABaseModel, match="embeddings are 16 wide and the unet reads 24"):
        unet3d.load(base)
