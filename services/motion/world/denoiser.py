"""The bundled base's denoiser: ZeroScope's layout at the size of the world.

Suffixes: B batch, C channels, F frames, H height, W width, S tokens, D width of the text.
"""

from functools import partial
from typing import Any

import torch
from diffusers import DDIMScheduler, UNet3DConditionModel
from diffusers.models.resnet import TemporalConvLayer
from torch import Tensor, nn
from transformers import CLIPTextConfig, CLIPTextModel

from services.motion.world import captions
from services.motion.world.autoencoder import LATENT_CHANNELS

TEXT_WIDTH = 128
NUM_FRAMES = 8
LATENT_SIZE = 8


def build_unet() -> UNet3DConditionModel:
    """An untrained denoiser in which temporal attention carries the motion.

    Temporal convolutions mix frames in the down blocks only. Elsewhere their first layer is frozen to a constant,
    so that all they do is tell the frames apart by the padding at the clip's ends: a position embedding, which this
    network's temporal attention lacks (METHOD.md 8) and without which its maps learn next to nothing.
    """
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
    for module in _position_embeddings(unet):
        first: Any = module.conv1[-1]
        nn.init.zeros_(first.weight)
        nn.init.normal_(first.bias)
        module.conv1.requires_grad_(requires_grad=False)
        module.forward = partial(_add_positions, module)
    return unet


def _position_embeddings(unet: UNet3DConditionModel) -> list[TemporalConvLayer]:
    return [
        module
        for name, module in unet.named_modules()
        if isinstance(module, TemporalConvLayer) and not name.startswith("down_blocks.")
    ]


def _add_positions(module: TemporalConvLayer, hidden_NCHW: Tensor, num_frames: int = 1) -> Tensor:
    """What the layer's own forward computes, at one point of the picture instead of all: N is B x F."""
    code_1CF11 = hidden_NCHW.new_zeros(1, hidden_NCHW.shape[1], num_frames, 1, 1)
    for part in (module.conv1, module.conv2, module.conv3, module.conv4):
        code_1CF11 = part(code_1CF11)
    code_F1C11 = code_1CF11.permute(2, 0, 1, 3, 4)
    return (hidden_NCHW.unflatten(0, (-1, num_frames)) + code_F1C11.squeeze(1)).flatten(0, 1)


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


def velocity_loss(
    unet: UNet3DConditionModel,
    scheduler: DDIMScheduler,
    latents_BCFHW: Tensor,
    text_BSD: Tensor,
    timestep_B: Tensor,
    generator: torch.Generator,
) -> Tensor:
    """Mean squared error of the predicted velocity (Salimans and Ho 2022)."""
    noise_BCFHW = torch.randn(latents_BCFHW.shape, generator=generator)
    noisy_BCFHW = scheduler.add_noise(latents_BCFHW, noise_BCFHW, timestep_B)
    pred_BCFHW = unet(noisy_BCFHW, timestep_B, encoder_hidden_states=text_BSD).sample
    target_BCFHW = scheduler.get_velocity(latents_BCFHW, noise_BCFHW, timestep_B)
    return (pred_BCFHW.float() - target_BCFHW).square().mean()
