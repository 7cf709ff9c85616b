"""The denoiser of the bundled base model: ZeroScope's architecture at the size of the world.

Suffixes: B batch, F frames, M = B F, C channels, H height, W width.
"""

from collections.abc import Callable
from typing import Any, cast

import torch
from diffusers import DDIMScheduler, UNet3DConditionModel
from diffusers.models.resnet import TemporalConvLayer
from diffusers.models.transformers.transformer_temporal import TransformerTemporalModel
from torch import Tensor, nn
from transformers import CLIPTextConfig, CLIPTextModel

from services.motion.world import captions
from services.motion.world.pretraining.autoencoder import LATENT_CHANNELS

TEXT_WIDTH = 128
NUM_FRAMES = 8
LATENT_SIZE = 8
CODE_SHARE = 0.6
"""Initial standard deviation of a frame code, relative to the activations that it is added to."""
QUERY_GAIN = 1.5


def build_unet() -> UNet3DConditionModel:
    """An untrained denoiser: two levels of ZeroScope's blocks, their temporal convolutions only number frames."""
    unet = UNet3DConditionModel(
        sample_size=LATENT_SIZE,
        in_channels=LATENT_CHANNELS,
        out_channels=LATENT_CHANNELS,
        down_block_types=("CrossAttnDownBlock3D", "CrossAttnDownBlock3D"),
        up_block_types=("CrossAttnUpBlock3D", "CrossAttnUpBlock3D"),
        block_out_channels=(64, 128),
        layers_per_block=1,
        norm_num_groups=32,
        cross_attention_dim=TEXT_WIDTH,
        attention_head_dim=16,
    )
    _number_frames(unet)
    return unet


def _number_frames(unet: UNet3DConditionModel) -> None:
    """Make each temporal convolution add a learned code of the frame's position, whatever the frame shows.

    Temporal attention here has no positions of its own, and convolutions that see the content do its work: then its
    maps stay uniform and there is nothing that an adapter of its keys could change. Their first normalisation is
    therefore frozen to a constant, of which four zero-padded convolutions make eight different codes. Queries and
    keys start a little larger than usual, so that maps differ from the first step.
    """
    for module in unet.modules():
        if isinstance(module, TransformerTemporalModel):
            _scale(module, "to_q", QUERY_GAIN)
            _scale(module, "to_k", QUERY_GAIN)
        elif isinstance(module, TemporalConvLayer):
            norm, last = cast(Any, module.conv1[0]), cast(Any, module.conv4[-1])
            nn.init.zeros_(norm.weight)
            nn.init.ones_(norm.bias)
            norm.requires_grad_(requires_grad=False)
            last.reset_parameters()
            nn.init.zeros_(last.bias)
    _level_codes(unet)


def compute_codes_once(unet: UNet3DConditionModel) -> None:
    """Compute each frame's code at a single pixel of one clip; it is equal at all pixels."""
    for module in unet.modules():
        if isinstance(module, TemporalConvLayer):
            module.forward = _CodeOnce(module.forward)


class _CodeOnce:
    def __init__(self, forward: Callable[..., Tensor]) -> None:
        self._forward = forward

    def __call__(self, hidden_states: Tensor, num_frames: int) -> Tensor:
        code_FC11 = self._forward(hidden_states.new_zeros(num_frames, hidden_states.shape[1], 1, 1), num_frames)
        return hidden_states + code_FC11.repeat(len(hidden_states) // num_frames, 1, 1, 1)


def _scale(module: nn.Module, name: str, gain: float) -> None:
    for part in module.modules():
        if hasattr(part, name):
            getattr(part, name).weight.data.mul_(gain)


@torch.no_grad()
def _level_codes(unet: UNet3DConditionModel) -> None:
    """Scale every code relative to the activations that it is added to."""

    def level(module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> Tensor:
        content_MCHW = inputs[0]
        code_FC = (output - content_MCHW)[:NUM_FRAMES].mean(dim=(2, 3))
        share = content_MCHW.std() / (code_FC - code_FC.mean(dim=0)).std()
        cast(Any, module).conv4[-1].weight.mul_(CODE_SHARE * share)
        return content_MCHW

    hooks = [m.register_forward_hook(level) for m in unet.modules() if isinstance(m, TemporalConvLayer)]
    noise_BCFHW = torch.randn(4, LATENT_CHANNELS, NUM_FRAMES, LATENT_SIZE, LATENT_SIZE)
    unet(noise_BCFHW, 900, encoder_hidden_states=torch.randn(4, captions.MAX_TOKENS, TEXT_WIDTH))
    for hook in hooks:
        hook.remove()


def build_text_encoder() -> CLIPTextModel:
    """An untrained two-layer CLIP text encoder over the world's tokenizer."""
    tokenizer = captions.build_tokenizer()
    return CLIPTextModel(
        CLIPTextConfig(
            vocab_size=len(tokenizer),
            hidden_size=TEXT_WIDTH,
            intermediate_size=4 * TEXT_WIDTH,
            projection_dim=TEXT_WIDTH,
            num_hidden_layers=2,
            num_attention_heads=4,
            max_position_embeddings=captions.MAX_TOKENS,
            bos_token_id=tokenizer.bos_token_id,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        )
    )


def build_scheduler() -> DDIMScheduler:
    """v-prediction on the cosine schedule, which ends in (almost) pure noise."""
    return DDIMScheduler(
        num_train_timesteps=1000,
        beta_schedule="squaredcos_cap_v2",
        prediction_type="v_prediction",
        timestep_spacing="trailing",
        clip_sample=False,
        set_alpha_to_one=True,
        steps_offset=0,
    )
