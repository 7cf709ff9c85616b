"""The Appearance Highway in a U-Net: skips that start where a layer's temporal part begins (METHOD 3).

Suffixes: N = batch times frames, C channels, H height, W width.
"""

from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from typing import Any

from torch import Tensor, nn

from services.motion.errors import HighwayUnsupported


@contextmanager
def highway(network: Any, mode: str, gain: float, *, temporal: str) -> Generator[None]:
    """Open the highway, `release` or `full`; `temporal` is what blocks call the list of their temporal layers.

    Raises HighwayUnsupported when no skip starts after such a layer.
    """
    down = [block for block in getattr(network, "down_blocks", ()) if getattr(block, temporal, None)]
    crossing = [block for block in down if _attends(block)]
    if not crossing:
        raise HighwayUnsupported(f"{type(network).__name__} has no skip that starts at a temporal attention")
    with ExitStack() as hooks:
        if mode == "full":
            for block in down:
                _replace_skips(block, getattr(block, temporal), gain, hooks)
        else:
            _replace_skips(crossing[-1], getattr(crossing[-1], temporal), 1.0, hooks)
            _amplify_widest(network, gain, hooks)
        yield


def _attends(block: nn.Module) -> bool:
    """Whether the block's layers have spatial attention."""
    return bool(getattr(block, "attentions", None))


def _replace_skips(block: nn.Module, temporal_layers: Any, gain: float, hooks: ExitStack) -> None:
    """Rewrite the first skips that a down block returns to what its temporal layers were given."""
    captured_NCHW: list[Tensor] = []

    def capture(_module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        captured_NCHW.append(inputs[0])

    def rewrite(_module: nn.Module, _inputs: Any, output: tuple[Tensor, tuple[Tensor, ...]]) -> Any:
        hidden_NCHW, skips = output
        replaced = tuple(skip if gain == 1.0 else skip * gain for skip in captured_NCHW)
        captured_NCHW.clear()
        return hidden_NCHW, replaced + skips[len(replaced) :]

    def forget(_module: nn.Module, _inputs: Any) -> None:
        captured_NCHW.clear()  # a forward that failed half-way leaves some behind

    hooks.callback(block.register_forward_pre_hook(forget).remove)
    for layer in temporal_layers:
        hooks.callback(layer.register_forward_pre_hook(capture).remove)
    hooks.callback(block.register_forward_hook(rewrite).remove)


def _amplify_widest(network: Any, gain: float, hooks: ExitStack) -> None:
    """Multiply the skips that cross-attention up blocks pop while the hidden state is at the network's widest."""
    widest = max(block.resnets[-1].out_channels for block in network.down_blocks)
    for block in network.up_blocks:
        if _attends(block):
            hook = _amplifier(block, widest, gain)
            hooks.callback(block.register_forward_pre_hook(hook, with_kwargs=True).remove)


def _amplifier(block: Any, widest: int, gain: float) -> Any:
    def amplify(_module: nn.Module, inputs: Any, named: dict[str, Any]) -> Any:
        skips = list(named["res_hidden_states_tuple"])
        channels = named["hidden_states"].shape[1]
        for index, resnet in enumerate(block.resnets):
            if channels == widest:
                skips[-1 - index] = skips[-1 - index] * gain
            channels = resnet.out_channels
        return inputs, named | {"res_hidden_states_tuple": tuple(skips)}

    return amplify
