"""The Appearance Highway: U-Net skips that start at the spatial attention instead of the temporal one (METHOD 3)."""

import math
from collections.abc import Generator
from contextlib import contextmanager
from typing import get_args
from weakref import WeakSet

from torch import nn

from services.motion.errors import HighwayUnsupported, Unsuitable
from services.motion.families import registry
from shared.schemas.highway import DEFAULT_GAIN, HighwayMode

_open: "WeakSet[nn.Module]" = WeakSet()


@contextmanager
def appearance_highway(model: nn.Module, mode: str, *, gain: float = DEFAULT_GAIN) -> Generator[None]:
    """Run `model` with the highway inside the block, bit-exactly as before after it.

    `full` replaces the skip of every down layer with temporal attention and multiplies it by `gain`. `release` is what
    the authors' code does: only the last cross-attention down block's skips are replaced, and every skip that a
    cross-attention up block pops while its hidden state is at the network's widest is multiplied by `gain`.

    Raises:
        Unsuitable: unknown mode, or a gain that is not a positive number.
        HighwayUnsupported: the network has no such skips; its family says why.
        RuntimeError: the highway is open on this network already.
    """
    if mode not in get_args(HighwayMode):
        raise Unsuitable(f"unknown highway mode {mode!r}; known: {', '.join(get_args(HighwayMode))}")
    if not (math.isfinite(gain) and gain > 0):
        raise Unsuitable(f"the highway's gain must be a positive number, not {gain}")
    if mode == "off":
        yield
        return
    if model in _open:
        raise RuntimeError("the highway is open on this network already")
    family = registry.find(model)
    if family is None:
        raise HighwayUnsupported(f"{type(model).__name__} is of no family that is known here")
    _open.add(model)
    try:
        with family.highway(model, mode, gain):
            yield
    finally:
        _open.discard(model)
