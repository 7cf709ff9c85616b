"""Defaults that a base model's folder states itself, in the configs of its components in diffusers layout."""

import json
import logging
from pathlib import Path
from typing import Any, cast

from shared.errors import ConfigurationError
from shared.families import FamilyInfo, Limits
from shared.schemas.generation import SchedulerName

_SAMPLERS: dict[str, SchedulerName] = {
    "DDIMScheduler": "ddim",
    "DPMSolverMultistepScheduler": "dpmpp_2m",
    "UniPCMultistepScheduler": "unipc",
    "EulerDiscreteScheduler": "euler",
    "FlowMatchEulerDiscreteScheduler": "euler",
    "LCMScheduler": "lcm",
}
"""The sampler of each diffusers scheduler."""

log = logging.getLogger(__name__)


def limits(folder: Path, family: FamilyInfo, card: dict[str, Any]) -> Limits:
    """The supported video sizes: those of the card (`choreo.json`), else the family's.

    Sides of the family's are multiples of the autoencoder's factor times the network's patch, if the folder states
    both and they are coarser. Raises pydantic's ValidationError for a card with other limits than numbers.
    """
    if stated := card.get("limits"):
        return Limits.model_validate(stated)
    factor = read_json(folder / "vae" / "config.json").get("scale_factor_spatial")
    patch = read_json(folder / family.component / "config.json").get("patch_size")
    match factor, patch:
        case int(pixels), [_, int(rows), int(columns)]:
            multiple = max(family.limits.size.multiple, pixels * max(rows, columns))
            return Limits(frames=family.limits.frames, size=family.limits.size._replace(multiple=multiple))
        case _:
            return family.limits


def video_size(folder: Path, family: FamilyInfo, limits: Limits) -> dict[str, Any]:
    """`height` and `width` in pixels: the network's `sample_size` times the autoencoder's factor; empty if unstated.

    Sizes outside the limits are left out, with a warning in the log.
    """
    stated = read_json(folder / family.component / "config.json").get("sample_size")
    levels = read_json(folder / "vae" / "config.json").get("block_out_channels")
    cells: Any = [stated, stated] if isinstance(stated, int) else stated
    match cells, levels:
        case [int(rows), int(columns)], [_, *further]:
            factor = 2 ** len(further)
            size = {"height": rows * factor, "width": columns * factor}
        case _:
            return {}
    if not all(map(limits.size.accepts, size.values())):
        log.warning("%s states the size %s, which is not among %s: not taken as default", folder, size, limits.size)
        return {}
    return size


def sampler(folder: Path, family: FamilyInfo) -> dict[str, Any]:
    """`scheduler`: the sampler of the folder's scheduler, if the family supports it, else empty."""
    name = _SAMPLERS.get(str(read_json(folder / "scheduler" / "scheduler_config.json").get("_class_name")))
    return {"scheduler": name} if name in family.samplers else {}


def read_json(path: Path) -> dict[str, Any]:
    """The JSON object in the file; an empty one if the file does not exist. Raises ConfigurationError."""
    try:
        value: Any = json.loads(path.read_text()) if path.is_file() else {}
    except ValueError as error:  # the base class of JSONDecodeError and UnicodeDecodeError
        raise ConfigurationError(f"{path}: {error}") from error
    if not isinstance(value, dict):
        raise ConfigurationError(f"{path}: not a JSON object")
    return cast("dict[str, Any]", value)
