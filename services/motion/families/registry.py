"""The table of model families; finds the family of a folder or of a network."""

from pathlib import Path

import torch
from torch import nn

from services.motion.families import animatediff, base_folder, unet3d, wan
from services.motion.families.protocol import Bundle, Family

FAMILIES: tuple[Family, ...] = (unet3d, animatediff, wan)


def load(folder: Path, *, device: torch.device | str = "cpu", dtype: torch.dtype = torch.float32) -> Bundle:
    """Load the base model of any family from a diffusers-layout folder. Raises NotABaseModel."""
    name = base_folder.detect_family(folder)
    return next(family for family in FAMILIES if name == family.FAMILY).load(folder, device=device, dtype=dtype)


def find_family(network: nn.Module) -> Family | None:
    """The family of a network, or None."""
    return next((family for family in FAMILIES if isinstance(network, family.NETWORKS)), None)
