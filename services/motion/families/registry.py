"""Every family, and which of them a folder or a network belongs to."""

from pathlib import Path

import torch
from torch import nn

from services.motion.families import animatediff, unet3d, wan
from services.motion.families import folder as base_folder
from services.motion.families.protocol import Bundle, Family

FAMILIES: tuple[Family, ...] = (unet3d, animatediff, wan)


def load(folder: Path, *, device: torch.device | str = "cpu", dtype: torch.dtype = torch.float32) -> Bundle:
    """Load the base in a diffusers-layout folder, whatever its family. Raises NotABaseModel."""
    name = base_folder.recognise(folder)
    return next(family for family in FAMILIES if name == family.FAMILY).load(folder, device=device, dtype=dtype)


def find(network: nn.Module) -> Family | None:
    """The family of a network, or None for one that no family knows."""
    return next((family for family in FAMILIES if isinstance(network, family.NETWORKS)), None)
