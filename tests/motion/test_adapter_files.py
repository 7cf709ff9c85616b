"""Adapter files as an exchange format: equal bits are equal files, old and new libraries read them, as we theirs."""

import json

import pytest
import torch
from peft import LoraConfig
from safetensors import safe_open
from safetensors.torch import save_file

from services.motion.artifacts import adapter_files
from services.motion.errors import NotAnAdapter
from services.motion.method import adapters
from tests.motion.inputs import forward
from tests.motion.models import build_unet
from tests.motion.test_adapters import make_adapter

FIRST_PEFT = {"r", "lora_alpha", "lora_dropout", "target_modules", "init_lora_weights", "peft_type"}
"""Fields that every version of peft with a Gaussian initialization knows."""


@pytest.fixture
def saved(tmp_path):
    """A folder with an adapter, and the prediction with it."""
    unet = build_unet()
    made = make_adapter(unet)
    adapter_files.save_adapter(tmp_path, made)
    adapter_files.apply_adapter(unet, made)
    return tmp_path, forward(unet)


def rewrite(folder, **changes):
    """Save the adapter again with other fields in its configuration."""
    path = folder / adapter_files.ADAPTER_FILE
    with safe_open(path, "pt") as file:
        tensors, metadata = {key: file.get_tensor(key) for key in file.keys()}, file.metadata()  # noqa: SIM118
    metadata["lora_config"] = json.dumps(json.loads(metadata["lora_config"]) | changes)
    save_file(tensors, path, metadata)


def test_equal_bits_are_equal_files(tmp_path):
    made = make_adapter(build_unet())
    targets = sorted(made.config.target_modules)
    for index in range(
        8
    ):  # the order of safetensors' own metadata is random in every call, and that of a set in Python
        config = adapters.make_config(targets[::-1] if index % 2 else targets, rank=2, alpha=2)
        adapter_files.save_adapter(tmp_path / str(index), made._replace(config=config))
        adapter_files.save_noise(tmp_path / str(index), [torch.ones(2)])
    for name in ("adapter.safetensors", "adapter_config.json", "inverted_noise.safetensors"):
        assert len({(tmp_path / str(index) / name).read_bytes() for index in range(8)}) == 1
    assert torch.equal(adapter_files.load_noise(tmp_path / "0")[0], torch.ones(2))


def test_only_what_differs_from_the_defaults_is_written(saved):
    config = json.loads((saved[0] / "adapter_config.json").read_text())
    assert config.keys() <= FIRST_PEFT
    with safe_open(saved[0] / "adapter.safetensors", "pt") as file:
        metadata = file.metadata()
    assert json.loads(metadata["lora_config"]) == config
    for_diffusers = json.loads(metadata["lora_adapter_metadata"])
    assert {key.removeprefix(adapters.KEY_PREFIX): value for key, value in for_diffusers.items()} == config


@pytest.mark.parametrize("full", [False, True])
def test_fields_of_another_version_are_ignored_with_a_note(saved, caplog, full):
    whole = {name: sorted(value) if isinstance(value, set) else value for name, value in LoraConfig().to_dict().items()}
    older = {name: value for name, value in whole.items() if name not in FIRST_PEFT} if full else {}
    rewrite(saved[0], **json.loads(json.dumps(older, default=str)), use_new_thing=False, new_thing={"size": 3})
    unet = build_unet()
    adapter_files.apply_adapter(unet, adapter_files.load_adapter(saved[0]))
    assert torch.equal(forward(unet), saved[1])
    assert "new_thing, use_new_thing" in caplog.text


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"use_dora": True}, "use_dora"),
        ({"peft_type": "LOHA"}, "LOHA"),
        ({"bias": "all"}, "bias"),
        ({"fan_in_fan_out": True}, "fan_in_fan_out"),
        ({"modules_to_save": ["conv_in"]}, "modules_to_save"),
        ({"layers_to_transform": [1]}, "layers_to_transform"),
        ({"use_new_thing": True}, "use_new_thing"),
        ({"init_lora_weights": "pissa"}, "pissa"),
        ({"r": "many"}, "malformed"),
        ({"r": 0}, "malformed"),
        ({"lora_alpha": float("nan")}, "malformed"),
        ({"rank_pattern": [1]}, "malformed"),
        ({"target_modules": None}, "target_modules"),
        ({"target_modules": "all-linear"}, "target_modules"),
    ],
)
def test_a_configuration_that_means_something_else_is_refused(saved, changes, named):
    rewrite(saved[0], **changes)
    with pytest.raises(NotAnAdapter, match=named):
        adapter_files.load_adapter(saved[0])


@pytest.mark.parametrize("text", ["{", "[]", "5", '"x"'])
def test_metadata_that_is_no_object_is_refused(saved, text):
    path = saved[0] / adapter_files.ADAPTER_FILE
    with safe_open(path, "pt") as file:
        tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
    save_file(tensors, path, {"lora_config": text})
    with pytest.raises(NotAnAdapter, match="JSON"):
        adapter_files.load_adapter(path)


def test_a_rank_stabilized_adapter_has_its_own_scale(saved):
    rewrite(saved[0], use_rslora=True)
    unet = build_unet()
    adapter_files.apply_adapter(unet, adapter_files.load_adapter(saved[0]))
    adapters.set_scale(unet, adapters.MOTION, 1.0)
    scales = [layer.scaling[adapters.MOTION] for layer in adapters.layers(unet)]
    assert scales == [pytest.approx(2**0.5)] * len(scales)
