"""Training states, one safetensors file each: written whole or not at all, resumed only by the same training."""

import json
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from services.motion.errors import CheckpointMismatch

STATE_FILE = "state.safetensors"
_LENGTH = ("steps", "checkpoint_every")
"""How far a recipe goes, and where it rests, is no matter to the steps that are done."""


def save(folder: Path, step: int, state: dict[str, Tensor], identity: dict[str, Any]) -> Path:
    """Write the folder `checkpoint-{step}`; `identity` is the recipe and the base that a resume must share."""
    path = folder / f"checkpoint-{step}" / STATE_FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = folder / f"checkpoint-{step}.draft"
    save_file(state, draft, {"step": str(step), "identity": json.dumps(identity, sort_keys=True)})
    draft.replace(path)
    return path.parent


def load(path: Path, identity: dict[str, Any]) -> tuple[int, dict[str, Tensor]]:
    """The step that was done last, and the state after it, from a checkpoint's folder. Raises CheckpointMismatch."""
    path = path / STATE_FILE
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            state = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 - not a dictionary
    except (OSError, SafetensorError) as error:
        raise CheckpointMismatch(f"{path}: {error}") from error
    if "step" not in metadata or "identity" not in metadata:
        raise CheckpointMismatch(f"{path} is not a checkpoint")
    saved = json.loads(metadata["identity"])
    for part, value in identity.items():
        if _without_length(saved.get(part)) != _without_length(value):
            raise CheckpointMismatch(f"{path} is of another training: its {part} differs")
    return int(metadata["step"]), state


def _without_length(part: dict[str, Any] | None) -> dict[str, Any]:
    return {name: value for name, value in (part or {}).items() if name not in _LENGTH}
