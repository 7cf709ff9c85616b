"""A base model's folder in diffusers layout: its family, its completeness and its identity, without loading weights."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from services.motion.errors import NotABaseModel
from shared import folder_defaults
from shared.families import FAMILIES, MOTION_ADAPTER, Family, UnknownFamily, family_of

_CONFIGS = {"tokenizer": "tokenizer_config.json", "scheduler": "scheduler_config.json"}
_WEIGHTS = (".safetensors", ".bin")


def detect_family(folder: Path) -> Family:
    """The family of the base model in `folder`. Raises NotABaseModel."""
    index = read_index(folder)
    try:
        return family_of(index, has_motion_adapter=has_motion_adapter(folder))
    except UnknownFamily as error:
        raise NotABaseModel(f"{folder}: {error}") from error


def read_index(folder: Path) -> dict[str, Any]:
    """The folder's `model_index.json`. Raises NotABaseModel."""
    if not folder.is_dir():
        raise NotABaseModel(f"{folder} is not a folder")
    return _read(folder / "model_index.json", "this is no model in diffusers layout")


def has_motion_adapter(folder: Path) -> bool:
    """Whether the folder has motion modules beside the other components."""
    return (folder / MOTION_ADAPTER / "config.json").is_file()


def component_class(folder: Path, name: str) -> str | None:
    """The class of a component in `model_index.json`, or None. Raises NotABaseModel."""
    entry = read_index(folder).get(name)
    return entry[-1] if entry else None


def check_components(folder: Path, classes: Mapping[str, str | None]) -> None:
    """Raise NotABaseModel unless the folder has each component with the given class and with weights.

    A component with None may have any class and has no weights.
    """
    index = read_index(folder)
    for name, expected in classes.items():
        entry = index.get(name)
        if not entry or not entry[-1]:
            raise NotABaseModel(f"{folder}: model_index.json has no {name}")
        if expected and entry[-1] != expected:
            raise NotABaseModel(f"{folder}: {name} is a {entry[-1]}, this family needs a {expected}")
        check_component(folder, name, expected)


def check_component(folder: Path, name: str, expected: str | None) -> None:
    """Raise NotABaseModel unless the component's folder is complete."""
    if not (folder / name).is_dir():
        raise NotABaseModel(f"{folder}: the folder {name}/ is missing")
    config = _read(folder / name / _CONFIGS.get(name, "config.json"), f"{name} cannot be loaded")
    stated = config.get("_class_name")
    if expected and stated and stated != expected:
        raise NotABaseModel(f"{folder}: {name}/config.json describes a {stated}, this family needs a {expected}")
    if expected and not _weights(folder / name):
        raise NotABaseModel(f"{folder}: {name}/ has no weights (.safetensors or .bin)")


def _read(path: Path, consequence: str) -> dict[str, Any]:
    if not path.is_file():
        raise NotABaseModel(f"{path} is missing: {consequence}")
    try:
        value = json.loads(path.read_text())
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise NotABaseModel(f"{path} is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise NotABaseModel(f"{path} is not a JSON object")
    return value


def _weights(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix in _WEIGHTS)


def weights_variant(folder: Path) -> str | None:
    """`fp16` if the folder has only fp16 weights, else None."""
    names = [path.name for path in _weights(folder)]
    return "fp16" if all(".fp16" in name for name in names) else None


def read_identity(folder: Path, family: Family, components: Iterable[str]) -> dict[str, Any]:
    """A bundle's `family`, `card` (the folder's `choreo.json`, or empty), `limits`, `content_hash` and `revision`."""
    path = folder / "choreo.json"
    card = _read(path, "") if path.is_file() else {}
    digest = _content_hash(folder, components)
    return {
        "family": family,
        "card": card,
        "limits": folder_defaults.limits(folder, FAMILIES[family], card),
        "content_hash": digest,
        "revision": str(card.get("revision", digest[:12])),
    }


def _content_hash(folder: Path, components: Iterable[str]) -> str:
    """SHA-256 over the names and hashes of all component files, as hexadecimal digits."""
    total = hashlib.sha256()
    for path in _files(folder, components):
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        total.update(f"{digest}  {path.relative_to(folder).as_posix()}\n".encode())
    return total.hexdigest()


def _files(folder: Path, components: Iterable[str]) -> list[Path]:
    found = [folder / "model_index.json", *(path for name in components for path in (folder / name).rglob("*"))]
    return sorted(path for path in found if path.is_file())
