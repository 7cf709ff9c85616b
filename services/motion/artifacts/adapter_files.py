"""Adapters and inverted noise as files: safetensors that plain peft and diffusers load, the recipe in the metadata."""

import hashlib
import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from peft import LoraConfig
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from services.motion.errors import NotAnAdapter, Unsuitable
from services.motion.method import adapters

ADAPTER_FILE = "adapter.safetensors"
CONFIG_FILE = "adapter_config.json"
REPORT_FILE = "report.json"
NOISE_FILE = "inverted_noise.safetensors"
PEFT_FILE = "adapter_model.safetensors"
"""The name under which `PeftModel.from_pretrained` looks for the same file."""
_CONFIG_KEY = "lora_config"
_DIFFUSERS_KEY = "lora_adapter_metadata"
"""Where diffusers looks for the LoraConfig, under the same prefix as the tensors."""
_RECIPE_KEY = "choreo_recipe"


class Adapter(NamedTuple):
    """A trained adapter: its peft configuration, its matrices by peft's keys, and how it came to be."""

    config: LoraConfig
    tensors: dict[str, Tensor]
    recipe: dict[str, Any]


def save_adapter(folder: Path, adapter: Adapter, *, parts: Sequence[str] = ()) -> list[Path]:
    """Write `adapter.safetensors` and `adapter_config.json`, and return them.

    A third name, `adapter_model.safetensors`, is for `PeftModel.from_pretrained(folder)`. `parts` are the modules
    of the network into which diffusers loads one by one, none when it takes the network whole.
    """
    folder.mkdir(parents=True, exist_ok=True)
    config = _as_json(adapter.config)
    for_diffusers = _for_diffusers(config, parts)
    metadata = {_CONFIG_KEY: _dump(config), _DIFFUSERS_KEY: _dump(for_diffusers), _RECIPE_KEY: _dump(adapter.recipe)}
    path = folder / ADAPTER_FILE
    save_file(adapter.tensors, path, {"format": "pt"} | metadata)
    config_path = folder / CONFIG_FILE
    config_path.write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")
    _same_file(path, folder / PEFT_FILE)
    return [path, config_path]


def load_adapter(path: Path) -> Adapter:
    """Read an adapter from its file or folder: safetensors, since other formats can run code. Raises NotAnAdapter."""
    path = path / ADAPTER_FILE if path.is_dir() else path
    if path.is_file() and path.suffix != ".safetensors":
        raise NotAnAdapter(f"{path.name} is not safetensors; `python -m services.motion import` may convert it")
    tensors, metadata = _read(path)
    if _CONFIG_KEY not in metadata:
        raise NotAnAdapter(f"{path} has no adapter configuration in its metadata")
    config = LoraConfig(**json.loads(metadata[_CONFIG_KEY]))
    return Adapter(config, tensors, json.loads(metadata.get(_RECIPE_KEY, "{}")))


def adapter_hash(path: Path) -> str:
    """SHA-256 of an adapter's file, given it or its folder. Raises NotAnAdapter."""
    path = path / ADAPTER_FILE if path.is_dir() else path
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise NotAnAdapter(f"{path}: {error.strerror}") from error


def apply_adapter(model: nn.Module, adapter: Adapter, *, name: str = "motion") -> None:
    """Attach a trained adapter, active and frozen. Raises Unsuitable when it does not fit the network."""
    adapters.inject(model, adapter.config, name=name)
    try:
        adapters.load_state(model, adapter.tensors, name=name)
    except Unsuitable:
        adapters.detach(model, name)
        raise
    adapters.activate(model, adapters.active(model))


def write_report(folder: Path, facts: dict[str, Any]) -> Path:
    """Write `report.json`."""
    path = folder / REPORT_FILE
    path.write_text(json.dumps(facts, indent=2) + "\n")
    return path


def save_noise(folder: Path, inverted_KCFHW: list[Tensor]) -> Path:
    """Write the inverted noise of every reference clip; returns the file."""
    path = folder / NOISE_FILE
    save_file({f"clip.{index}": noise.cpu().contiguous() for index, noise in enumerate(inverted_KCFHW)}, path)
    return path


def load_noise(path: Path) -> list[Tensor]:
    """The inverted noise C x F x H x W of every reference clip. Raises NotAnAdapter."""
    tensors, _ = _read(path / NOISE_FILE if path.is_dir() else path)
    return [tensors[f"clip.{index}"] for index in range(len(tensors))]


def _read(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    try:
        with safe_open(path, framework="pt") as file:
            return {key: file.get_tensor(key) for key in file.keys()}, file.metadata() or {}  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise NotAnAdapter(f"{path}: {error}") from error


def _for_diffusers(config: dict[str, Any], parts: Sequence[str]) -> dict[str, Any]:
    """The configuration under the prefix of the tensors that it is for, part by part."""
    if not parts:
        return {adapters.KEY_PREFIX + key: value for key, value in config.items()}
    found: dict[str, Any] = {}
    for part in (f"{name}." for name in parts):
        targets = [name.removeprefix(part) for name in config["target_modules"] if name.startswith(part)]
        own = config | {"target_modules": targets}
        found |= {adapters.KEY_PREFIX + part + key: value for key, value in own.items()}
    return found


def _as_json(config: LoraConfig) -> dict[str, Any]:
    """A LoraConfig as plain JSON values."""
    values = {key: sorted(value) if isinstance(value, set) else value for key, value in config.to_dict().items()}
    return json.loads(json.dumps(values, default=str))


def _dump(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def _same_file(path: Path, other: Path) -> None:
    """A second name for the file, or a copy where the file system has no hard links."""
    other.unlink(missing_ok=True)
    try:
        os.link(path, other)
    except OSError:
        shutil.copyfile(path, other)
