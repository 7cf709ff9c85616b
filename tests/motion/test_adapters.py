"""Target modules of each preset; attaching and detaching adapters does not change the network."""

import shutil
from pathlib import Path

import peft
import pytest
import torch
from diffusers import UNet2DConditionModel, UNet3DConditionModel
from diffusers.loaders.peft import PeftAdapterMixin
from peft.tuners.lora import LoraLayer
from safetensors import safe_open
from safetensors.torch import load_file
from torch import nn

from services.motion.artifacts import adapter_files
from services.motion.artifacts.adapter_files import Adapter
from services.motion.errors import NotAnAdapter, NoTargets, Unsuitable
from services.motion.method import adapters
from tests.motion.inputs import forward, make_inputs, num_adapter_parameters
from tests.motion.models import TINY, ZEROSCOPE, build_unet

PRESETS = ["tap", "tap-qk", "tap-release", "tap-qko", "motion-director"]


@pytest.fixture(scope="module")
def zeroscope() -> UNet3DConditionModel:
    with torch.device("meta"):
        return UNet3DConditionModel(**ZEROSCOPE)


@pytest.fixture
def unet() -> UNet3DConditionModel:
    return build_unet()


def make_adapter(unet: nn.Module, preset: str = "tap", *, seed: int = 3) -> Adapter:
    """An adapter with random matrices."""
    config = adapters.attach(unet, preset, rank=2, name="made")
    generator = torch.Generator().manual_seed(seed)
    tensors = {
        key: torch.randn(value.shape, generator=generator) for key, value in adapters.state(unet, "made").items()
    }
    adapters.detach(unet, "made")
    return Adapter(config, tensors, {"preset": preset})


@pytest.mark.parametrize(
    ("preset", "num_linears", "millions"),
    [
        ("tap", 34, 1.663),
        ("tap-qk", 68, 3.326),
        ("tap-release", 68, 3.326),
        ("tap-qko", 102, 4.989),
        ("motion-director", 170, 12.472),
    ],
)
def test_presets_of_zeroscope(zeroscope, preset, num_linears, millions):
    names = adapters.target_modules(zeroscope, preset)
    adapters.attach(zeroscope, preset, rank=32)
    num_parameters = sum(matrix.numel() for matrix in adapters.parameters(zeroscope, "motion"))
    assert len(names) == len([*adapters.layers(zeroscope)]) == num_linears
    adapters.detach(zeroscope, "motion")
    assert round(num_parameters / 1e6, 3) == millions
    assert names == sorted(set(names))
    assert any(name.startswith("transformer_in.") for name in names)


def test_spatial_path_of_zeroscope(zeroscope):
    names = adapters.target_modules(zeroscope, "spatial")
    assert len(names) == 96
    assert round(num_adapter_parameters(zeroscope, names, rank=32) / 1e6, 3) == 8.786


@pytest.mark.parametrize("preset", PRESETS)
def test_attach_adapts_the_targets_and_freezes_the_rest(unet, preset):
    adapters.attach(unet, preset, rank=2)
    adapted = sorted(name for name, module in unet.named_modules() if isinstance(module, LoraLayer))
    trainable = {name for name, parameter in unet.named_parameters() if parameter.requires_grad}
    assert adapted == adapters.target_modules(build_unet(), preset) == adapters.target_modules(unet, preset)
    assert trainable == {f"{name}.lora_{side}.motion.weight" for name in adapted for side in "AB"}


def test_tap_touches_temporal_keys_only(unet):
    for name in adapters.target_modules(unet, "tap"):
        assert name.startswith("transformer_in.") or ".temp_attentions." in name
        assert name.endswith((".attn1.to_k", ".attn2.to_k"))


@pytest.mark.parametrize("preset", [*PRESETS, "spatial"])
def test_attached_and_detached_outputs_are_bit_equal(unet, preset):
    before, keys = forward(unet), list(unet.state_dict())
    adapters.attach(unet, preset, rank=2, dropout=0.5)
    assert torch.equal(forward(unet), before)
    adapters.detach(unet, "motion")
    assert torch.equal(forward(unet), before)
    assert list(unet.state_dict()) == keys
    assert not hasattr(unet, "peft_config")


def test_new_dropout_follows_the_network(unet):
    adapters.attach(unet, "tap", rank=2, dropout=0.5)
    dropouts = [layer.lora_dropout["motion"] for layer in adapters.layers(unet)]
    assert dropouts
    assert not any(dropout.training for dropout in dropouts)


def test_initial_matrices_come_from_the_generator(unet):
    state = torch.get_rng_state()
    adapters.attach(unet, "tap", rank=4, name="one", generator=torch.Generator().manual_seed(1))
    adapters.attach(unet, "tap", rank=4, name="two", generator=torch.Generator().manual_seed(1))
    adapters.attach(unet, "tap", rank=4, name="three", generator=torch.Generator().manual_seed(2))
    one, two, three = (list(adapters.state(unet, name).values()) for name in ("one", "two", "three"))
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(a, b) for a, b in zip(one, two, strict=True))
    assert not any(torch.equal(a, c) for a, c in zip(one[::2], three[::2], strict=True))
    assert torch.cat([matrix.flatten() for matrix in one[::2]]).std().item() == pytest.approx(1 / 4, rel=0.2)
    assert not any(matrix.any() for matrix in one[1::2])


def test_only_active_adapters_take_part(unet):
    plain, made = forward(unet), make_adapter(unet)
    adapter_files.apply_adapter(unet, made)
    adapters.attach(unet, "spatial", rank=2, name="look")
    assert adapters.active(unet) == ["look", "motion"]
    assert not torch.equal(forward(unet), plain)
    adapters.activate(unet, ["look"], trainable=["look"])
    assert torch.equal(forward(unet), plain)
    assert not any(parameter.requires_grad for parameter in adapters.parameters(unet, "motion"))
    assert all(parameter.requires_grad for parameter in adapters.parameters(unet, "look"))


def test_scale_multiplies_what_the_adapter_adds(unet):
    plain, made = forward(unet), make_adapter(unet)
    adapter_files.apply_adapter(unet, made)
    full = forward(unet)
    adapters.set_scale(unet, "motion", 0.0)
    assert torch.equal(forward(unet), plain)
    adapters.set_scale(unet, "motion", 1.0)
    assert torch.equal(forward(unet), full)


@pytest.mark.parametrize("wrong", [{"preset": "tip"}, {"rank": 0}, {"name": "taken"}])
def test_attach_refuses(unet, wrong):
    adapters.attach(unet, "tap", rank=2, name="taken")
    with pytest.raises(Unsuitable):
        adapters.attach(unet, **{"preset": "tap", "rank": 2, "name": "motion"} | wrong)


def test_a_network_without_temporal_attention_has_no_targets():
    unet = UNet2DConditionModel(block_out_channels=(8, 8, 8, 8), norm_num_groups=4, cross_attention_dim=8)
    with pytest.raises(NoTargets, match="UNet2DConditionModel"):
        adapters.target_modules(unet, "tap")


# ---------------------------------------------------------------- files


@pytest.fixture
def saved(unet, tmp_path) -> tuple[Path, torch.Tensor]:
    """A saved adapter, and what the network predicts with it."""
    made = make_adapter(unet, "tap-release")
    adapter_files.save_adapter(tmp_path, made)
    adapter_files.apply_adapter(unet, made)
    expected = forward(unet)
    adapters.detach(unet, "motion")
    return tmp_path, expected


def test_file_carries_the_recipe_and_only_the_adapter(saved):
    with safe_open(saved[0] / "adapter.safetensors", "pt") as file:
        keys, metadata = list(file.keys()), file.metadata()
    assert metadata["choreo_recipe"] == '{"preset": "tap-release"}'
    assert '"lora_alpha": 2' in metadata["lora_config"]
    assert len(keys) == 2 * len(adapters.target_modules(build_unet(), "tap-release"))
    assert all(key.startswith("base_model.model.") and ".lora_" in key for key in keys)


def test_round_trip(saved):
    loaded = adapter_files.load_adapter(saved[0])
    unet = build_unet()
    adapter_files.apply_adapter(unet, loaded)
    assert torch.equal(forward(unet), saved[1])
    assert not any(parameter.requires_grad for parameter in unet.parameters())
    assert loaded.recipe == {"preset": "tap-release"}


def test_plain_peft_loads_the_files_of_a_version(saved, tmp_path):
    downloaded = tmp_path / "as the client downloads it"
    downloaded.mkdir()
    shutil.copyfile(saved[0] / "adapter.safetensors", downloaded / "adapter_model.safetensors")
    shutil.copyfile(saved[0] / "adapter_config.json", downloaded / "adapter_config.json")
    model = peft.PeftModel.from_pretrained(build_unet(), downloaded)
    assert torch.equal(forward(model), saved[1])


def test_plain_peft_injects_the_file(saved):
    unet = build_unet()
    peft.inject_adapter_in_model(peft.LoraConfig.from_pretrained(saved[0]), unet, adapter_name="theirs")
    result = peft.set_peft_model_state_dict(unet, load_file(saved[0] / "adapter.safetensors"), adapter_name="theirs")
    assert not result.unexpected_keys
    assert torch.equal(forward(unet.eval()), saved[1])


def test_diffusers_loads_the_file(saved):
    class Adapted(UNet3DConditionModel, PeftAdapterMixin):
        pass

    unet = build_unet()
    unet.__class__ = Adapted
    unet.load_lora_adapter(saved[0], prefix="base_model.model", weight_name="adapter.safetensors")
    assert torch.equal(forward(unet.eval()), saved[1])


def test_an_adapter_of_another_network_is_refused(saved):
    wider = build_unet(TINY | {"block_out_channels": (16, 32, 32), "cross_attention_dim": 16})
    before = forward(wider)
    with pytest.raises(Unsuitable, match="does not fit"):
        adapter_files.apply_adapter(wider, adapter_files.load_adapter(saved[0]))
    assert torch.equal(forward(wider), before)


def test_files_that_are_not_adapters_are_refused(tmp_path):
    (tmp_path / "adapter.safetensors").write_bytes(b"not one")
    for path in (tmp_path, tmp_path / "missing"):
        with pytest.raises(NotAnAdapter):
            adapter_files.load_adapter(path)


def test_gradients_reach_the_adapter_only(unet):
    adapters.attach(unet, "tap", rank=2)
    unet(**make_inputs()).sample.square().mean().backward()
    assert {name for name, parameter in unet.named_parameters() if parameter.grad is not None} == {
        name for name, parameter in unet.named_parameters() if ".lora_" in name
    }
