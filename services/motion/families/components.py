"""The parts of a base model, read from their folders: each whole, frozen and in evaluation mode, or NotABaseModel."""

import json
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from transformers.utils import logging as transformers_logging

from services.motion.errors import NotABaseModel
from services.motion.families import folder as base_folder

_LOADING_ERRORS = (OSError, ValueError, RuntimeError, KeyError, TypeError, AttributeError)
"""What diffusers and transformers raise for a folder that they cannot read."""


def model(kind: Any, folder: Path, dtype: torch.dtype) -> Any:
    """A diffusers model of the class `kind`."""
    with translated(folder.name):
        loaded, info = kind.from_pretrained(
            folder, torch_dtype=dtype, variant=base_folder.variant(folder), output_loading_info=True
        )
    _check_complete(folder.name, info)
    return settle(loaded)


def text_encoder(kind: Any, folder: Path, dtype: torch.dtype) -> Any:
    """A transformers model of the class `kind`."""
    transformers_logging.disable_progress_bar()
    with translated(folder.name):
        loaded, info = kind.from_pretrained(
            folder, dtype=dtype, variant=base_folder.variant(folder), output_loading_info=True
        )
    _check_complete(folder.name, info)
    return settle(loaded)


def tokenizer(kind: Any, folder: Path) -> Any:
    """A transformers tokenizer of the class `kind`."""
    with translated(folder.name):
        return kind.from_pretrained(folder)


def scheduler_config(folder: Path) -> dict[str, Any]:
    """What the folder says of its noise schedule."""
    with translated("scheduler"):
        return json.loads((folder / "scheduler_config.json").read_text())


@contextmanager
def translated(part: str) -> Generator[None]:
    """What a library raises for a part that it cannot read or put together is a NotABaseModel that names the part."""
    try:
        yield
    except _LOADING_ERRORS as error:
        raise NotABaseModel(f"{part}: {error}") from error


def settle(loaded: Any) -> Any:
    """Freeze, and move the weights out of the mapped file.

    There they are not aligned, which makes kernels slower and changes last bits, and they would go with the file.
    """
    for parameter in loaded.parameters():
        parameter.data = parameter.data.clone()
    return loaded.requires_grad_(requires_grad=False).eval()


def _check_complete(name: str, info: Mapping[str, Any]) -> None:
    for problem, keys in (("missing", info["missing_keys"]), ("of another shape", info["mismatched_keys"])):
        if keys:
            raise NotABaseModel(f"{name}: {len(keys)} weights are {problem}, the first is {min(map(str, keys))}")
