"""The Appearance Highway equals a reference forward pass, bit for bit, in every mode."""

import copy
from typing import Any

import pytest
import torch
from diffusers import UNet3DConditionModel
from torch import Tensor

from services.motion.errors import HighwayUnsupported, Unsuitable
from services.motion.method import adapters
from services.motion.method.highway import appearance_highway
from tests.motion.inputs import forward, make_inputs
from tests.motion.models import TINY, ZEROSCOPE, build_unet

GAIN = 1.1
SMALL_ZEROSCOPE = ZEROSCOPE | {
    "block_out_channels": (8, 8, 16, 16), "norm_num_groups": 4, "attention_head_dim": 4, "cross_attention_dim": 16,
}  # fmt: skip


@torch.no_grad()
def reference_forward(unet: UNet3DConditionModel, mode: str, *, gain: float = GAIN, num_frames: int = 3) -> Tensor:
    """UNet3DConditionModel.forward with the Appearance Highway (docs/method.md, section 3)."""
    inputs = make_inputs(num_frames=num_frames)
    emb = unet.time_embedding(unet.time_proj(inputs["timestep"])).repeat_interleave(num_frames, 0)
    text = inputs["encoder_hidden_states"].repeat_interleave(num_frames, 0)
    hidden = unet.conv_in(inputs["sample"].transpose(1, 2).flatten(0, 1))
    hidden = unet.transformer_in(hidden, num_frames=num_frames, return_dict=False)[0]
    skips = [hidden]
    crossing = [index for index, block in enumerate(unet.down_blocks) if hasattr(block, "attentions")]
    replaced = {"off": [], "release": crossing[-1:], "full": crossing}[mode]
    for index, block in enumerate(unet.down_blocks):
        for layer in range(len(block.resnets)):
            hidden, spatial = _layer(block, layer, hidden, emb, text, num_frames)
            if index in replaced:
                skips.append(spatial * gain if mode == "full" else spatial)
            else:
                skips.append(hidden)
        if block.downsamplers:
            hidden = block.downsamplers[0](hidden)
            skips.append(hidden)
    hidden = unet.mid_block(hidden, emb, encoder_hidden_states=text, num_frames=num_frames)
    widest = max(unet.config.block_out_channels)
    for index, block in enumerate(unet.up_blocks):
        for layer in range(len(block.resnets)):
            skip = skips.pop()
            if mode == "release" and hasattr(block, "attentions") and hidden.shape[1] == widest:
                skip = skip * gain
            hidden, _ = _layer(block, layer, torch.cat([hidden, skip], 1), emb, text, num_frames)
        if block.upsamplers:
            uneven = any(side % 2**unet.num_upsamplers for side in inputs["sample"].shape[-2:])
            size = skips[-1].shape[2:] if uneven and index < len(unet.up_blocks) - 1 else None
            hidden = block.upsamplers[0](hidden, size)
    hidden = unet.conv_out(unet.conv_act(unet.conv_norm_out(hidden)))
    return hidden.unflatten(0, (-1, num_frames)).transpose(1, 2)


def _layer(block: Any, index: int, hidden: Tensor, emb: Tensor, text: Tensor, num_frames: int) -> tuple[Tensor, Tensor]:
    """One layer's output, and that of its spatial attention."""
    hidden = block.temp_convs[index](block.resnets[index](hidden, emb), num_frames=num_frames)
    if not hasattr(block, "attentions"):
        return hidden, hidden
    spatial = block.attentions[index](hidden, encoder_hidden_states=text, return_dict=False)[0]
    return block.temp_attentions[index](spatial, num_frames=num_frames, return_dict=False)[0], spatial


@pytest.fixture(params=[TINY, SMALL_ZEROSCOPE], ids=["tiny", "zeroscope"])
def unet(request) -> UNet3DConditionModel:
    return build_unet(request.param)


@pytest.mark.parametrize("mode", ["off", "release", "full"])
def test_equals_a_reference_forward(unet, mode):
    with appearance_highway(unet, mode, gain=GAIN):
        assert torch.equal(forward(unet), reference_forward(unet, mode))


def test_modes_differ_and_leave_nothing_behind(unet):
    before = forward(unet)
    outputs = []
    for mode in ("release", "full"):
        with appearance_highway(unet, mode):
            outputs.append(forward(unet))
        assert torch.equal(forward(unet), before)
    assert not torch.equal(outputs[0], outputs[1])
    assert not any(torch.equal(output, before) for output in outputs)
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in unet.modules())


def test_with_adapters_attached(unet):
    plain = copy.deepcopy(unet)
    adapters.attach(unet, "motion-director", rank=2)
    for parameter in adapters.parameters(unet, "motion"):
        torch.nn.init.normal_(parameter)
    before = forward(unet)
    for mode in ("release", "full"):
        with appearance_highway(unet, mode, gain=GAIN):
            assert torch.equal(forward(unet), reference_forward(unet, mode))
    assert torch.equal(forward(unet), before)
    with pytest.raises(KeyError), appearance_highway(unet, "full"):
        raise KeyError(forward(unet))
    assert torch.equal(forward(unet), before)
    adapters.detach(unet, "motion")
    assert torch.equal(forward(unet), forward(plain))


def test_restored_after_an_exception_between_and_inside_forwards(unet):
    before = forward(unet)
    with pytest.raises(KeyError), appearance_highway(unet, "full"):
        raise KeyError
    assert torch.equal(forward(unet), before)

    def fail(*_: Any) -> None:
        raise RuntimeError

    handle = unet.down_blocks[0].temp_attentions[0].register_forward_hook(fail)
    with appearance_highway(unet, "full", gain=GAIN):
        with pytest.raises(RuntimeError):
            forward(unet)
        handle.remove()
        assert torch.equal(forward(unet), reference_forward(unet, "full"))
    assert torch.equal(forward(unet), before)


def test_works_on_one_frame(unet):
    with appearance_highway(unet, "full", gain=GAIN):
        assert torch.equal(forward(unet, num_frames=1), reference_forward(unet, "full", num_frames=1))


@pytest.mark.parametrize(("mode", "gain"), [("half", 1.1), ("full", 0.0), ("full", float("nan")), ("release", -1.0)])
def test_refuses_wrong_values(mode, gain):
    with pytest.raises(Unsuitable), appearance_highway(build_unet(), mode, gain=gain):
        pass


def test_refuses_a_network_without_such_skips():
    unet = torch.nn.Linear(2, 2)
    with pytest.raises(HighwayUnsupported), appearance_highway(unet, "full"):
        pass
    with appearance_highway(unet, "off"):
        pass


def test_refuses_to_nest():
    unet = build_unet()
    with appearance_highway(unet, "full"), pytest.raises(RuntimeError), appearance_highway(unet, "release"):
        pass
