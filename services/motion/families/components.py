"""Loads the components of a base model: complete, frozen and in evaluation mode, else NotABaseModel."""

import json
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from transformers.utils import logging as transformers_logging

from services.motion.errors import NotABaseModel
from services.motion.families import base_folder

_LOADING_ERRORS = (OSError, ValueError, RuntimeError, KeyError, TypeError, AttributeError)
"""Exceptions of diffusers and transformers for a folder that they cannot load."""


def load_model(kind: Any, folder: Path, dtype: torch.dtype) -> Any:
    """A diffusers model of the class `kind`. Raises NotABaseModel."""
    with translate_loading_errors(folder.name):
        loaded, info = kind.from_pretrained(
            folder, torch_dtype=dtype, variant=base_folder.weights_variant(folder), output_loading_info=True
        )
    _check_complete(folder.name, info)
    return freeze(loaded)


def load_text_encoder(kind: Any, folder: Path, dtype: torch.dtype) -> Any:
    """A transformers model of the class `kind`. Raises NotABaseModel."""
    transformers_logging.disable_progress_bar()
    with translate_loading_errors(folder.name):
        loaded, info = kind.from_pretrained(
            folder, dtype=dtype, variant=base_folder.weights_variant(folder), output_loading_info=True
        )
    _check_complete(folder.name, info)
    return freeze(loaded)


def load_tokenizer(kind: Any, folder: Path) -> Any:
    """A transformers tokenizer of the class `kind`. Raises NotABaseModel."""
    with translate_loading_errors(folder.name):
        return kind.from_pretrained(folder)


def read_scheduler_config(folder: Path) -> dict[str, Any]:
    """The config of the noise schedule. Raises NotABaseModel."""
    with translate_loading_errors("scheduler"):
        return json.loads((folder / "scheduler_config.json").read_text())


@contextmanager
def translate_loading_errors(component: str) -> Generator[None]:
    """Raise a library's loading errors as NotABaseModel with the name of the component."""
    try:
        yield
    except _LOADING_ERRORS as error:
        raise NotABaseModel(f"{component}: {error}") from error


def freeze(loaded: Any) -> Any:
    """Freeze a model and copy its weights out of the memory-mapped file.

    Mapped weights are not aligned, which makes kernels slower and changes the last bits, and they depend on the file.
    """
    for parameter in loaded.parameters():
        parameter.data = parameter.data.clone()
    return loaded.requires_grad_(requires_grad=False).eval()


def _check_complete(name: str, info: Mapping[str, Any]) -> None:
    for problem, keys in (("missing", info["missing_keys"]), ("of another shape", info["mismatched_keys"])):
        if keys:
            raise NotABaseModel(f"{name}: {len(keys)} weights are {problem}, the first is {min(map(str, keys))}")
