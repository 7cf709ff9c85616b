"""The Appearance Highway (AH): U-Net skips that start before the temporal layers (docs/method.md, section 3).

Suffixes: N = batch times frames, C channels, H height, W width.
"""

import math
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from typing import Any, get_args
from weakref import WeakSet

from torch import Tensor, nn

from services.motion.errors import HighwayUnsupported, Unsuitable
from services.motion.families import registry
from shared.schemas.highway import DEFAULT_GAIN, HighwayMode

_active: "WeakSet[nn.Module]" = WeakSet()
"""Networks that run with AH at the moment."""


@contextmanager
def appearance_highway(model: nn.Module, mode: str, *, gain: float = DEFAULT_GAIN) -> Generator[None]:
    """Run `model` with AH inside the block; after it the network is bit-exactly as before.

    `full` moves the skip of every down layer with temporal attention and multiplies it by `gain`. `release` does what
    the authors' code does: it moves the skips of the last cross-attention down block only, and multiplies by `gain`
    every skip that a cross-attention up block takes while its hidden state has the network's largest channel count.

    Raises:
        Unsuitable: unknown mode, or a gain that is not a positive number.
        HighwayUnsupported: the network has no such skips.
        RuntimeError: AH is active on this network already.
    """
    if mode not in get_args(HighwayMode):
        raise Unsuitable(f"unknown highway mode {mode!r}; known: {', '.join(get_args(HighwayMode))}")
    if not (math.isfinite(gain) and gain > 0):
        raise Unsuitable(f"the highway's gain must be a positive number, not {gain}")
    if mode == "off":
        yield
        return
    if model in _active:
        raise RuntimeError("the highway is active on this network already")
    attribute = _temporal_layers_attribute(model)
    _active.add(model)
    try:
        with ExitStack() as hooks:
            _register_hooks(model, mode, gain, attribute, hooks)
            yield
    finally:
        _active.discard(model)


def _temporal_layers_attribute(model: nn.Module) -> str:
    """The attribute of a down block that holds its temporal layers. Raises HighwayUnsupported."""
    family = registry.find_family(model)
    if family is None:
        raise HighwayUnsupported(f"{type(model).__name__} belongs to no known model family")
    if family.TEMPORAL_LAYERS is None:
        raise HighwayUnsupported(f"{type(model).__name__} has no U-Net skips: the Appearance Highway does not apply")
    return family.TEMPORAL_LAYERS


def _register_hooks(model: Any, mode: str, gain: float, attribute: str, hooks: ExitStack) -> None:
    """Register the hooks of a mode; closing `hooks` removes them. Raises HighwayUnsupported."""
    temporal_blocks = [block for block in getattr(model, "down_blocks", ()) if getattr(block, attribute, None)]
    attention_blocks = [block for block in temporal_blocks if _has_attention(block)]
    if not attention_blocks:
        raise HighwayUnsupported(f"{type(model).__name__} has no skip that starts at a temporal attention")
    if mode == "full":
        for block in temporal_blocks:
            _move_skips(block, getattr(block, attribute), gain, hooks)
    else:
        last = attention_blocks[-1]
        _move_skips(last, getattr(last, attribute), 1.0, hooks)
        _amplify_widest(model, gain, hooks)


def _has_attention(block: nn.Module) -> bool:
    """Whether the block has spatial attention layers."""
    return bool(getattr(block, "attentions", None))


def _move_skips(block: nn.Module, temporal_layers: Any, gain: float, hooks: ExitStack) -> None:
    """Replace the first skips that a down block returns by the inputs of its temporal layers, times `gain`."""
    captured_NCHW: list[Tensor] = []

    def capture(_module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        captured_NCHW.append(inputs[0])

    def replace(_module: nn.Module, _inputs: Any, output: tuple[Tensor, tuple[Tensor, ...]]) -> Any:
        hidden_NCHW, skips = output
        moved = tuple(skip if gain == 1.0 else skip * gain for skip in captured_NCHW)
        captured_NCHW.clear()
        return hidden_NCHW, moved + skips[len(moved) :]

    def clear(_module: nn.Module, _inputs: Any) -> None:
        captured_NCHW.clear()  # a forward pass that raised may have left some

    hooks.callback(block.register_forward_pre_hook(clear).remove)
    for layer in temporal_layers:
        hooks.callback(layer.register_forward_pre_hook(capture).remove)
    hooks.callback(block.register_forward_hook(replace).remove)


def _amplify_widest(model: Any, gain: float, hooks: ExitStack) -> None:
    """Multiply skips of cross-attention up blocks while the hidden state has the network's largest channel count."""
    widest = max(block.resnets[-1].out_channels for block in model.down_blocks)
    for block in model.up_blocks:
        if _has_attention(block):
            hook = _make_amplifier(block, widest, gain)
            hooks.callback(block.register_forward_pre_hook(hook, with_kwargs=True).remove)


def _make_amplifier(block: Any, widest: int, gain: float) -> Any:
    def amplify(_module: nn.Module, inputs: Any, named: dict[str, Any]) -> Any:
        skips = list(named["res_hidden_states_tuple"])
        channels = named["hidden_states"].shape[1]
        for index, resnet in enumerate(block.resnets):
            if channels == widest:
                skips[-1 - index] = skips[-1 - index] * gain
            channels = resnet.out_channels
        return inputs, named | {"res_hidden_states_tuple": tuple(skips)}

    return amplify
