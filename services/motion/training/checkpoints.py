"""Training checkpoints: one safetensors file each, written atomically, resumed by the same training only."""

import json
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from torch import Tensor

from services.motion.artifacts.adapter_files import write_tensors
from services.motion.errors import CheckpointMismatch

STATE_FILE = "state.safetensors"
_IGNORED_FIELDS = ("steps", "checkpoint_every")
"""Recipe fields that may change on resumption, because they do not affect the finished steps."""


def save(folder: Path, step: int, state: dict[str, Tensor], identity: dict[str, Any]) -> Path:
    """Write the folder `checkpoint-{step}` and return it.

    `identity` holds the recipe and the base model, which must be the same on resumption.
    """
    path = folder / f"checkpoint-{step}" / STATE_FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = folder / f"checkpoint-{step}.tmp"
    metadata = {"step": str(step), "identity": json.dumps(identity, sort_keys=True, allow_nan=False)}
    write_tensors(temporary, state, metadata)
    temporary.replace(path)
    return path.parent


def load(path: Path, identity: dict[str, Any]) -> tuple[int, dict[str, Tensor]]:
    """The last finished step and the state after it, from a checkpoint's folder. Raises CheckpointMismatch."""
    path = path / STATE_FILE
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            state = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 - not a dictionary
    except (OSError, SafetensorError) as error:
        raise CheckpointMismatch(f"{path}: {error}") from error
    if "step" not in metadata or "identity" not in metadata:
        raise CheckpointMismatch(f"{path} is not a training checkpoint")
    saved = json.loads(metadata["identity"])
    for part, value in identity.items():
        if _compared(saved.get(part)) != _compared(value):
            raise CheckpointMismatch(f"{path} belongs to a different training: its {part} differs")
    return int(metadata["step"]), state


def _compared(part: dict[str, Any] | None) -> dict[str, Any]:
    return {name: value for name, value in (part or {}).items() if name not in _IGNORED_FIELDS}
