"""The Appearance Highway: U-Net skips that start at the spatial attention instead of the temporal one (METHOD 3).

Suffixes: N = batch times frames, C channels, H height, W width.
"""

import math
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from typing import Any, Literal, get_args
from weakref import WeakSet

from torch import Tensor, nn

from services.motion.errors import HighwayUnsupported, Unsuitable

Mode = Literal["off", "release", "full"]

_open: "WeakSet[nn.Module]" = WeakSet()


@contextmanager
def appearance_highway(model: nn.Module, mode: str, *, gain: float = 1.1) -> Generator[None]:
    """Run `model` (a `UNet3DConditionModel`) with the highway inside the block, bit-exactly as before after it.

    `full` replaces the skips of every cross-attention down layer and multiplies them by `gain`. `release` is what the
    authors' code does: only the last cross-attention down block's skips are replaced, and every skip that a
    cross-attention up block pops while its hidden state is at the network's widest is multiplied by `gain`.

    Raises:
        Unsuitable: unknown mode, or a gain that is not a positive number.
        HighwayUnsupported: the network has no such skips.
        RuntimeError: the highway is open on this network already.
    """
    if mode not in get_args(Mode):
        raise Unsuitable(f"unknown highway mode {mode!r}; known: {', '.join(get_args(Mode))}")
    if not (math.isfinite(gain) and gain > 0):
        raise Unsuitable(f"the highway's gain must be a positive number, not {gain}")
    if mode == "off":
        yield
        return
    if model in _open:
        raise RuntimeError("the highway is open on this network already")
    with ExitStack() as hooks:
        _open.add(model)
        hooks.callback(_open.discard, model)
        _install(model, mode, gain, hooks)
        yield


def _install(model: Any, mode: str, gain: float, hooks: ExitStack) -> None:
    blocks = [block for block in getattr(model, "down_blocks", ()) if _has_both_attentions(block)]
    if not blocks:
        raise HighwayUnsupported(f"{type(model).__name__} has no skip that starts at a temporal attention")
    if mode == "full":
        for block in blocks:
            _replace_skips(block, gain, hooks)
        return
    _replace_skips(blocks[-1], 1.0, hooks)
    widest = max(block.resnets[-1].out_channels for block in model.down_blocks)
    for block in model.up_blocks:
        if _has_both_attentions(block):
            _amplify_skips(block, widest, gain, hooks)


def _has_both_attentions(block: nn.Module) -> bool:
    return bool(getattr(block, "attentions", None)) and bool(getattr(block, "temp_attentions", None))


def _replace_skips(block: Any, gain: float, hooks: ExitStack) -> None:
    """Rewrite the first skips that a down block returns to what its spatial attentions gave."""
    captured_NCHW: list[Tensor] = []

    def capture(_module: nn.Module, _inputs: Any, output: Any) -> None:
        captured_NCHW.append(output[0])

    def rewrite(_module: nn.Module, _inputs: Any, output: tuple[Tensor, tuple[Tensor, ...]]) -> Any:
        hidden_NCHW, skips = output
        replaced = tuple(skip if gain == 1.0 else skip * gain for skip in captured_NCHW)
        captured_NCHW.clear()
        return hidden_NCHW, replaced + skips[len(replaced) :]

    def forget(_module: nn.Module, _inputs: Any) -> None:
        captured_NCHW.clear()  # a forward that failed half-way leaves some behind

    hooks.callback(block.register_forward_pre_hook(forget).remove)
    for attention in block.attentions:
        hooks.callback(attention.register_forward_hook(capture).remove)
    hooks.callback(block.register_forward_hook(rewrite).remove)


def _amplify_skips(block: nn.Module, widest: int, gain: float, hooks: ExitStack) -> None:
    """Multiply the skips that an up block pops while its hidden state has `widest` channels."""

    def amplify(_module: nn.Module, inputs: Any, named: dict[str, Any]) -> Any:
        skips = list(named["res_hidden_states_tuple"])
        channels = named["hidden_states"].shape[1]
        for index, resnet in enumerate(block.resnets):
            if channels == widest:
                skips[-1 - index] = skips[-1 - index] * gain
            channels = resnet.out_channels
        return inputs, named | {"res_hidden_states_tuple": tuple(skips)}

    hooks.callback(block.register_forward_pre_hook(amplify, with_kwargs=True).remove)
