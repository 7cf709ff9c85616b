"""Tiny models of the real classes, written to a folder in diffusers layout."""

from pathlib import Path
from string import ascii_lowercase
from typing import Any, TypeVar

import torch
from diffusers import AutoencoderKL, DDIMScheduler, UNet3DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

TINY: dict[str, Any] = {
    "sample_size": 4,
    "in_channels": 4,
    "out_channels": 4,
    "down_block_types": ("CrossAttnDownBlock3D", "CrossAttnDownBlock3D", "DownBlock3D"),
    "up_block_types": ("UpBlock3D", "CrossAttnUpBlock3D", "CrossAttnUpBlock3D"),
    "block_out_channels": (8, 16, 16),
    "layers_per_block": 1,
    "norm_num_groups": 4,
    "cross_attention_dim": 16,
    "attention_head_dim": 4,
}
"""ZeroScope's layout with one cross-attention block fewer and hardly any channels."""

ZEROSCOPE: dict[str, Any] = {
    "sample_size": 32,
    "in_channels": 4,
    "out_channels": 4,
    "down_block_types": ("CrossAttnDownBlock3D", "CrossAttnDownBlock3D", "CrossAttnDownBlock3D", "DownBlock3D"),
    "up_block_types": ("UpBlock3D", "CrossAttnUpBlock3D", "CrossAttnUpBlock3D", "CrossAttnUpBlock3D"),
    "block_out_channels": (320, 640, 1280, 1280),
    "layers_per_block": 2,
    "downsample_padding": 1,
    "mid_block_scale_factor": 1,
    "act_fn": "silu",
    "norm_num_groups": 32,
    "norm_eps": 1e-5,
    "cross_attention_dim": 1024,
    "attention_head_dim": 64,
}
"""unet/config.json of cerspense/zeroscope_v2_576w."""


def build_unet(config: dict[str, Any] = TINY, *, seed: int = 0) -> UNet3DConditionModel:
    """A frozen random network in which every layer changes its input."""
    torch.manual_seed(seed)
    return wake(UNet3DConditionModel(**config))


Model = TypeVar("Model", bound=torch.nn.Module)


def wake(model: Model) -> Model:
    """Freeze the model and fill zero-initialised parameters, which would hide differences."""
    for parameter in model.parameters():
        if not parameter.any():
            torch.nn.init.normal_(parameter, std=0.05)
    return model.requires_grad_(False).eval()


def build_vae(*, seed: int = 0) -> AutoencoderKL:
    torch.manual_seed(seed)
    return AutoencoderKL(
        block_out_channels=(8, 8, 8, 8),
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        layers_per_block=1,
        latent_channels=4,
        norm_num_groups=4,
        sample_size=32,
    ).eval()


def build_tokenizer() -> CLIPTokenizer:
    """A tokenizer with one token for each character."""
    symbols = [*ascii_lowercase, *(letter + "</w>" for letter in ascii_lowercase), "<|startoftext|>", "<|endoftext|>"]
    vocabulary = {symbol: index for index, symbol in enumerate(symbols)}
    return CLIPTokenizer(vocab=vocabulary, merges=[], model_max_length=12)


def build_text_encoder(width: int = 16, *, seed: int = 0) -> CLIPTextModel:
    torch.manual_seed(seed)
    config = CLIPTextConfig(
        vocab_size=54, hidden_size=width, intermediate_size=width, projection_dim=width, num_hidden_layers=1,
        num_attention_heads=2, max_position_embeddings=12, bos_token_id=52, eos_token_id=53, pad_token_id=53,
    )  # fmt: skip
    return CLIPTextModel(config).eval()


def write_base(folder: Path, config: dict[str, Any] = TINY, *, prediction_type: str = "epsilon") -> Path:
    """A whole tiny base model in `folder`."""
    build_unet(config).save_pretrained(folder / "unet")
    build_vae().save_pretrained(folder / "vae")
    build_text_encoder(config["cross_attention_dim"]).save_pretrained(folder / "text_encoder")
    build_tokenizer().save_pretrained(folder / "tokenizer")
    scheduler = DDIMScheduler(
        beta_schedule="scaled_linear", beta_start=0.00085, beta_end=0.012, clip_sample=False, steps_offset=1,
        set_alpha_to_one=False, prediction_type=prediction_type,
    )  # fmt: skip
    scheduler.save_pretrained(folder / "scheduler")
    (folder / "model_index.json").write_text(MODEL_INDEX)
    return folder


MODEL_INDEX = """{
  "_class_name": "TextToVideoSDPipeline",
  "_diffusers_version": "0.16.1",
  "scheduler": ["diffusers", "DDIMScheduler"],
  "text_encoder": ["transformers", "CLIPTextModel"],
  "tokenizer": ["transformers", "CLIPTokenizer"],
  "unet": ["diffusers", "UNet3DConditionModel"],
  "vae": ["diffusers", "AutoencoderKL"]
}
"""
