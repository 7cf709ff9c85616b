"""Files of adapters and inverted noise: safetensors that peft and diffusers load, with the recipe in the metadata."""

import hashlib
import json
import logging
import math
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, cast

from peft import LoraConfig
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from services.motion.errors import Diverged, NotAnAdapter, Unsuitable
from services.motion.method import adapters

log = logging.getLogger(__name__)

ADAPTER_FILE = "adapter.safetensors"
CONFIG_FILE = "adapter_config.json"
NOISE_FILE = "inverted_noise.safetensors"
PEFT_FILE = "adapter_model.safetensors"
"""The file name that `PeftModel.from_pretrained` expects."""
_CONFIG_KEY = "lora_config"
_DIFFUSERS_KEY = "lora_adapter_metadata"
"""The metadata key of the LoraConfig for diffusers, with the prefix of the tensors."""
_RECIPE_KEY = "choreo_recipe"
_HEADER_ALIGNMENT = 8
_INITS = frozenset({"gaussian", "eva", "orthogonal"})
"""Initializations of the matrices that leave the base weights as they are."""
_DEFAULTS = LoraConfig().to_dict()
_SUPPORTED_FIELDS = frozenset(
    {"r", "lora_alpha", "lora_dropout", "target_modules", "init_lora_weights", "rank_pattern", "alpha_pattern"}
    | {"use_rslora"}
)
_IRRELEVANT_FIELDS = frozenset(
    {"auto_mapping", "base_model_name_or_path", "eva_config", "corda_config", "ensure_weight_tying", "inference_mode"}
    | {"loftq_config", "lora_ga_config", "megatron_core", "peft_type", "peft_version", "qalora_group_size", "revision"}
    | {"runtime_config", "task_type"}
)
"""Fields of peft's LoraConfig that do not change what a trained adapter computes."""


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
    write_tensors(path, adapter.tensors, {"format": "pt"} | metadata)
    config_path = folder / CONFIG_FILE
    config_path.write_text(json.dumps(config, indent=2, sort_keys=True, allow_nan=False) + "\n")
    _link(path, folder / PEFT_FILE)
    return [path, config_path]


def write_tensors(path: Path, tensors: Mapping[str, Tensor], metadata: Mapping[str, str]) -> None:
    """Write a safetensors file. Equal contents give equal bytes: safetensors orders the tensors, but not the metadata.

    The file is an 8-byte length, a JSON header of this length, and the data (huggingface.co/docs/safetensors).
    """
    written = memoryview(save(dict(tensors)))
    start = 8 + int.from_bytes(written[:8], "little")
    header = {"__metadata__": dict(sorted(metadata.items()))} | json.loads(bytes(written[8:start]))
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()
    text += b" " * (-len(text) % _HEADER_ALIGNMENT)
    with path.open("wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        file.write(written[start:])


def load_adapter(path: Path) -> Adapter:
    """Read an adapter from its file or folder.

    Raises:
        NotAnAdapter: it is none, also for formats that can run code, and for a configuration that is not supported.
        Diverged: its matrices are not finite.
    """
    path = path / ADAPTER_FILE if path.is_dir() else path
    if path.is_file() and path.suffix != ".safetensors":
        raise NotAnAdapter(
            f"{path.name} is not a safetensors file; `python -m services.motion import` can convert some other files"
        )
    tensors, metadata = _read(path)
    if _CONFIG_KEY not in metadata:
        raise NotAnAdapter(f"{path} has no adapter configuration in its metadata")
    config = _read_config(path, _parsed(path, metadata[_CONFIG_KEY]))
    if not all(bool(tensor.isfinite().all()) for tensor in tensors.values()):
        raise Diverged(f"{path.name} has numbers that are not finite: its training diverged; train the concept again")
    return Adapter(config, tensors, _parsed(path, metadata.get(_RECIPE_KEY, "{}")))


def _parsed(path: Path, text: str) -> dict[str, Any]:
    try:
        found: Any = json.loads(text)
    except ValueError as error:
        raise NotAnAdapter(f"{path} has metadata that is not JSON: {error}") from error
    if not isinstance(found, dict):
        raise NotAnAdapter(f"{path} has metadata that is not a JSON object")
    return cast("dict[str, Any]", found)


def _read_config(path: Path, values: dict[str, Any]) -> LoraConfig:
    """The configuration. Fields that this version of peft does not know are ignored, with a note in the log.

    Raises NotAnAdapter for fields that change what the adapter computes and that the engine does not support.
    """
    if str(values.get("peft_type", "LORA")) != "LORA":
        raise NotAnAdapter(f"{path} is an adapter of the kind {values['peft_type']}, not a LoRA")
    unknown = sorted(values.keys() - _DEFAULTS.keys())
    unsupported = sorted(
        name
        for name, value in values.items()
        if name not in _SUPPORTED_FIELDS | _IRRELEVANT_FIELDS
        and (value != _DEFAULTS[name] if name in _DEFAULTS else value is True)
    )
    if unsupported:
        raise NotAnAdapter(f"{path} is a LoRA with {', '.join(unsupported)}, which is not supported")
    if unknown:
        log.warning("%s: fields of another version of peft are ignored: %s", path, ", ".join(unknown))
    init = values.get("init_lora_weights", True)
    if isinstance(init, str) and init not in _INITS:
        raise NotAnAdapter(f"{path} was made with init_lora_weights {init!r}, which changes the base weights")
    if not _is_well_formed(values):
        raise NotAnAdapter(f"{path} has malformed ranks, alphas or target_modules")
    supported = {name: value for name, value in values.items() if name in _SUPPORTED_FIELDS}
    return LoraConfig(**supported | {"init_lora_weights": "gaussian"})  # the matrices are loaded afterwards


def _is_well_formed(values: dict[str, Any]) -> bool:
    try:
        ranks = [values.get("r", _DEFAULTS["r"]), *values.get("rank_pattern", {}).values()]
        alphas = [values.get("lora_alpha", _DEFAULTS["lora_alpha"]), *values.get("alpha_pattern", {}).values()]
        dropout, targets = values.get("lora_dropout", 0.0), values.get("target_modules")
        return (
            all(isinstance(rank, int) and rank >= 1 for rank in ranks)
            and all(math.isfinite(alpha) for alpha in alphas)
            and 0.0 <= dropout < 1.0
            and isinstance(targets, list)
            and bool(targets)
            and all(isinstance(name, str) for name in targets)
        )
    except (AttributeError, TypeError):
        return False


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
    write_tensors(path, {f"clip.{index}": noise.cpu().contiguous() for index, noise in enumerate(inverted_KCFHW)}, {})
    return path


def load_noise(path: Path) -> list[Tensor]:
    """The inverted noise C x F x H x W of each reference clip. Raises NotAnAdapter."""
    tensors, _ = _read(path / NOISE_FILE if path.is_dir() else path)
    if not all(bool(tensor.isfinite().all()) for tensor in tensors.values()):
        raise NotAnAdapter(f"{path.name} has numbers that are not finite")
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
        for patterns in {"rank_pattern", "alpha_pattern"} & config.keys():
            of_all = config[patterns].items()
            own[patterns] = {name.removeprefix(prefix): one for name, one in of_all if name.startswith(prefix)}
        found |= {adapters.KEY_PREFIX + prefix + key: value for key, value in own.items()}
    return found


def _as_json(config: LoraConfig) -> dict[str, Any]:
    """What a LoraConfig has that differs from peft's defaults, so that other versions of peft and diffusers read it."""
    values = {name: value for name, value in config.to_dict().items() if value != _DEFAULTS[name]}
    values |= {"peft_type": "LORA", "r": config.r, "lora_alpha": config.lora_alpha}
    values["target_modules"] = sorted(config.target_modules or ())
    return values


def _dump(value: Any) -> str:
    return json.dumps(value, sort_keys=True, allow_nan=False)


def _link(path: Path, other: Path) -> None:
    """Make a hard link, or a copy if the file system has no hard links."""
    other.unlink(missing_ok=True)
    try:
        os.link(path, other)
    except OSError:
        shutil.copyfile(path, other)
