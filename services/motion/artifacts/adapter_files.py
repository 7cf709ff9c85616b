"""Files of adapters and inverted noise: safetensors that peft and diffusers load, with the recipe in the metadata."""

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
NOISE_FILE = "inverted_noise.safetensors"
PEFT_FILE = "adapter_model.safetensors"
"""The file name that `PeftModel.from_pretrained` expects."""
_CONFIG_KEY = "lora_config"
_DIFFUSERS_KEY = "lora_adapter_metadata"
"""The metadata key of the LoraConfig for diffusers, with the prefix of the tensors."""
_RECIPE_KEY = "choreo_recipe"


class Adapter(NamedTuple):
    """An adapter: its peft configuration, its matrices by peft's keys, and the recipe, base model and captions."""

    config: LoraConfig
    tensors: dict[str, Tensor]
    recipe: dict[str, Any]


def save_adapter(folder: Path, adapter: Adapter, *, components: Sequence[str] = ()) -> list[Path]:
    """Write `adapter.safetensors` and `adapter_config.json`; returns their paths.

    `adapter_model.safetensors` is a hard link to the first for `PeftModel.from_pretrained(folder)`. `components` are
    the bundle's `lora_components`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    config = _as_json(adapter.config)
    for_diffusers = _for_diffusers(config, components)
    metadata = {_CONFIG_KEY: _dump(config), _DIFFUSERS_KEY: _dump(for_diffusers), _RECIPE_KEY: _dump(adapter.recipe)}
    path = folder / ADAPTER_FILE
    save_file(adapter.tensors, path, {"format": "pt"} | metadata)
    config_path = folder / CONFIG_FILE
    config_path.write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")
    _link(path, folder / PEFT_FILE)
    return [path, config_path]


def load_adapter(path: Path) -> Adapter:
    """Read an adapter from its file or folder. Raises NotAnAdapter, also for formats that can run code."""
    path = path / ADAPTER_FILE if path.is_dir() else path
    if path.is_file() and path.suffix != ".safetensors":
        raise NotAnAdapter(
            f"{path.name} is not a safetensors file; `python -m services.motion import` can convert some other files"
        )
    tensors, metadata = _read(path)
    if _CONFIG_KEY not in metadata:
        raise NotAnAdapter(f"{path} has no adapter configuration in its metadata")
    config = LoraConfig(**json.loads(metadata[_CONFIG_KEY]))
    return Adapter(config, tensors, json.loads(metadata.get(_RECIPE_KEY, "{}")))


def adapter_hash(path: Path) -> str:
    """SHA-256 of an adapter's file, as hexadecimal digits; `path` is the file or its folder. Raises NotAnAdapter."""
    path = path / ADAPTER_FILE if path.is_dir() else path
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise NotAnAdapter(f"{path}: {error.strerror}") from error


def apply_adapter(model: nn.Module, adapter: Adapter, *, name: str = adapters.MOTION) -> None:
    """Attach a trained adapter, active and frozen. Raises Unsuitable if it does not fit the network."""
    adapters.inject(model, adapter.config, name=name)
    try:
        adapters.load_state(model, adapter.tensors, name=name)
    except Unsuitable:
        adapters.detach(model, name)
        raise
    adapters.activate(model, adapters.active(model))


def save_noise(folder: Path, inverted_KCFHW: list[Tensor]) -> Path:
    """Write the inverted noise C x F x H x W of each reference clip; returns the file."""
    path = folder / NOISE_FILE
    save_file({f"clip.{index}": noise.cpu().contiguous() for index, noise in enumerate(inverted_KCFHW)}, path)
    return path


def load_noise(path: Path) -> list[Tensor]:
    """The inverted noise C x F x H x W of each reference clip. Raises NotAnAdapter."""
    tensors, _ = _read(path / NOISE_FILE if path.is_dir() else path)
    return [tensors[f"clip.{index}"] for index in range(len(tensors))]


def _read(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    try:
        with safe_open(path, framework="pt") as file:
            return {key: file.get_tensor(key) for key in file.keys()}, file.metadata() or {}  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise NotAnAdapter(f"{path}: {error}") from error


def _for_diffusers(config: dict[str, Any], components: Sequence[str]) -> dict[str, Any]:
    """The configuration with the prefixes of the tensors to which it applies, component by component."""
    if not components:
        return {adapters.KEY_PREFIX + key: value for key, value in config.items()}
    found: dict[str, Any] = {}
    for prefix in (f"{name}." for name in components):
        targets = [name.removeprefix(prefix) for name in config["target_modules"] if name.startswith(prefix)]
        own = config | {"target_modules": targets}
        found |= {adapters.KEY_PREFIX + prefix + key: value for key, value in own.items()}
    return found


def _as_json(config: LoraConfig) -> dict[str, Any]:
    """A LoraConfig as plain JSON values."""
    values = {key: sorted(value) if isinstance(value, set) else value for key, value in config.to_dict().items()}
    return json.loads(json.dumps(values, default=str))


def _dump(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def _link(path: Path, other: Path) -> None:
    """Make a hard link, or a copy if the file system has no hard links."""
    other.unlink(missing_ok=True)
    try:
        os.link(path, other)
    except OSError:
        shutil.copyfile(path, other)
