"""What a diffusers-layout folder must hold before anything is loaded from it."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from services.motion.errors import NotABaseModel

_COMPONENTS = ("unet", "vae", "text_encoder", "tokenizer", "scheduler")
_CONFIGS = {"tokenizer": "tokenizer_config.json", "scheduler": "scheduler_config.json"}
_WEIGHTS = (".safetensors", ".bin")


def check(folder: Path, classes: Mapping[str, str]) -> None:
    """Raise NotABaseModel unless the folder has every component, of these classes, with weights."""
    if not folder.is_dir():
        raise NotABaseModel(f"{folder} is not a folder")
    index = _read(folder / "model_index.json", "it is not a model in diffusers layout")
    for name in _COMPONENTS:
        _check_component(folder, name, index, classes.get(name))


def _check_component(folder: Path, name: str, index: dict[str, Any], expected: str | None) -> None:
    entry = index.get(name)
    if not entry:
        raise NotABaseModel(f"{folder}: model_index.json names no {name}")
    if expected and entry[-1] != expected:
        raise NotABaseModel(f"{folder}: {name} is a {entry[-1]}, this family needs a {expected}")
    if not (folder / name).is_dir():
        raise NotABaseModel(f"{folder}: the folder {name}/ is missing")
    config = _read(folder / name / _CONFIGS.get(name, "config.json"), f"{name} cannot be built")
    stated = config.get("_class_name")
    if expected and stated and stated != expected:
        raise NotABaseModel(f"{folder}: {name}/config.json describes a {stated}, this family needs a {expected}")
    if expected and not _weights(folder / name):
        raise NotABaseModel(f"{folder}: {name}/ has no weights (.safetensors or .bin)")


def _read(path: Path, otherwise: str) -> dict[str, Any]:
    if not path.is_file():
        raise NotABaseModel(f"{path} is missing: {otherwise}")
    try:
        value = json.loads(path.read_text())
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise NotABaseModel(f"{path} is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise NotABaseModel(f"{path} is not a JSON object")
    return value


def _weights(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix in _WEIGHTS)


def variant(folder: Path) -> str | None:
    """`fp16` when the folder has no other weights, else None."""
    names = [path.name for path in _weights(folder)]
    return "fp16" if all(".fp16" in name for name in names) else None


def read_card(folder: Path) -> dict[str, Any]:
    """The folder's `choreo.json`, or nothing."""
    card = folder / "choreo.json"
    return _read(card, "") if card.is_file() else {}


def content_hash(folder: Path) -> str:
    """SHA-256 over the names and hashes of every component file, as hexadecimal digits."""
    total = hashlib.sha256()
    for path in _files(folder):
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        total.update(f"{digest}  {path.relative_to(folder).as_posix()}\n".encode())
    return total.hexdigest()


def _files(folder: Path) -> list[Path]:
    parts = [folder / "model_index.json", *(path for name in _COMPONENTS for path in (folder / name).rglob("*"))]
    return sorted(path for path in parts if path.is_file())
