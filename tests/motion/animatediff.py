"""Tiny base models of the `animatediff` family, in both layouts."""

import json
from pathlib import Path
from typing import Any

import torch
from diffusers import DDIMScheduler, MotionAdapter, PNDMScheduler, UNet2DConditionModel, UNetMotionModel

from tests.motion.models import build_text_encoder, build_tokenizer, build_vae, wake

TINY: dict[str, Any] = {
    "sample_size": 4,
    "down_block_types": ("CrossAttnDownBlockMotion", "CrossAttnDownBlockMotion", "DownBlockMotion"),
    "up_block_types": ("UpBlockMotion", "CrossAttnUpBlockMotion", "CrossAttnUpBlockMotion"),
    "block_out_channels": (8, 16, 16),
    "layers_per_block": 1,
    "norm_num_groups": 4,
    "cross_attention_dim": 16,
    "num_attention_heads": 2,
    "motion_num_attention_heads": 2,
    "motion_max_seq_length": 6,
}
"""AnimateDiff's layout with one cross-attention block fewer and hardly any channels."""

V1_5_3: dict[str, Any] = {"cross_attention_dim": 768, "use_motion_mid_block": False}
"""Stable Diffusion 1.5 with guoyww/animatediff-motion-adapter-v1-5-3, where it differs from diffusers' defaults."""

_IMAGE = {
    "sample_size": 4,
    "down_block_types": ("CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"),
    "up_block_types": ("UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"),
    "block_out_channels": (8, 16, 16),
    "layers_per_block": 1,
    "norm_num_groups": 4,
    "cross_attention_dim": 16,
    "attention_head_dim": 2,
}
_MOTION = {
    "block_out_channels": (8, 16, 16), "motion_layers_per_block": 1, "motion_norm_num_groups": 4,
    "motion_num_attention_heads": 2, "motion_max_seq_length": 6,
}  # fmt: skip


def build_unet(config: dict[str, Any] = TINY, *, seed: int = 0) -> UNetMotionModel:
    """A frozen random network in which every layer changes its input."""
    torch.manual_seed(seed)
    return wake(UNetMotionModel(**config))


def write_whole(folder: Path) -> Path:
    """The layout of `AnimateDiffPipeline.save_pretrained`: the U-Net contains the motion modules."""
    build_unet().save_pretrained(folder / "unet")
    DDIMScheduler(
        beta_schedule="linear", beta_start=0.00085, beta_end=0.012, clip_sample=False, steps_offset=1,
        timestep_spacing="linspace",
    ).save_pretrained(folder / "scheduler")  # fmt: skip
    return _write_rest(folder, "AnimateDiffPipeline", "UNetMotionModel")


def write_assembled(folder: Path) -> Path:
    """A Stable Diffusion folder, with the motion modules in a folder of their own."""
    torch.manual_seed(0)
    wake(UNet2DConditionModel(**_IMAGE)).save_pretrained(folder / "unet")
    wake(MotionAdapter(**_MOTION)).save_pretrained(folder / "motion_adapter")
    PNDMScheduler(
        beta_schedule="scaled_linear", beta_start=0.00085, beta_end=0.012, skip_prk_steps=True, steps_offset=1
    ).save_pretrained(folder / "scheduler")
    return _write_rest(folder, "StableDiffusionPipeline", "UNet2DConditionModel")


def _write_rest(folder: Path, pipeline: str, unet: str) -> Path:
    build_vae().save_pretrained(folder / "vae")
    build_text_encoder(16).save_pretrained(folder / "text_encoder")
    build_tokenizer().save_pretrained(folder / "tokenizer")
    index = {
        "_class_name": pipeline,
        "scheduler": ["diffusers", "DDIMScheduler"],
        "text_encoder": ["transformers", "CLIPTextModel"],
        "tokenizer": ["transformers", "CLIPTokenizer"],
        "unet": ["diffusers", unet],
        "vae": ["diffusers", "AutoencoderKL"],
        "feature_extractor": [None, None],
    }
    (folder / "model_index.json").write_text(json.dumps(index))
    return folder
