"""Tiny base models of the `wan` family: Wan 2.1's layout, and 2.2's with its pair of transformers."""

import json
from pathlib import Path
from string import ascii_lowercase
from typing import Any

import torch
from diffusers import AutoencoderKLWan, UniPCMultistepScheduler, WanTransformer3DModel
from transformers import T5Tokenizer, UMT5Config, UMT5EncoderModel

from tests.motion.models import wake

TINY: dict[str, Any] = {
    "num_attention_heads": 2,
    "attention_head_dim": 12,
    "in_channels": 4,
    "out_channels": 4,
    "text_dim": 16,
    "freq_dim": 16,
    "ffn_dim": 32,
    "num_layers": 2,
    "rope_max_seq_len": 32,
}

WAN_1_3B: dict[str, Any] = {"num_attention_heads": 12, "attention_head_dim": 128, "ffn_dim": 8960, "num_layers": 30}
"""Wan-AI/Wan2.1-T2V-1.3B-Diffusers, where it differs from diffusers' defaults."""

INDEX: dict[str, Any] = {
    "_class_name": "WanPipeline",
    "scheduler": ["diffusers", "UniPCMultistepScheduler"],
    "text_encoder": ["transformers", "UMT5EncoderModel"],
    "tokenizer": ["transformers", "T5TokenizerFast"],
    "transformer": ["diffusers", "WanTransformer3DModel"],
    "vae": ["diffusers", "AutoencoderKLWan"],
}


def build_transformer(*, seed: int = 0) -> WanTransformer3DModel:
    """A frozen random network in which every layer changes its input."""
    torch.manual_seed(seed)
    return wake(WanTransformer3DModel(**TINY))


def build_vae(*, seed: int = 0) -> AutoencoderKLWan:
    torch.manual_seed(seed)
    return AutoencoderKLWan(
        base_dim=4, z_dim=4, num_res_blocks=1, latents_mean=[0.1, -0.2, 0.3, 0.0], latents_std=[1.5, 0.7, 1.0, 2.0]
    ).eval()


def build_tokenizer() -> T5Tokenizer:
    """A tokenizer with one token for each character."""
    pieces = ["<pad>", "</s>", "<unk>", "▁", *ascii_lowercase]
    return T5Tokenizer(vocab=[(piece, -1.0) for piece in pieces], extra_ids=0)


def build_text_encoder(*, seed: int = 0) -> UMT5EncoderModel:
    torch.manual_seed(seed)
    config = UMT5Config(
        vocab_size=30, d_model=16, d_kv=8, d_ff=16, num_layers=1, num_heads=2, is_encoder_decoder=False
    )  # fmt: skip
    return UMT5EncoderModel(config).eval()


def write_token_timesteps(folder: Path) -> Path:
    """A whole tiny base model in the layout of Wan 2.2's 5B: a timestep for each token, cells of 16 x 16 pixels."""
    write_base(folder)
    torch.manual_seed(0)
    AutoencoderKLWan(
        base_dim=4, decoder_base_dim=4, z_dim=4, num_res_blocks=1, latents_mean=[0.1, -0.2, 0.3, 0.0],
        latents_std=[1.5, 0.7, 1.0, 2.0], is_residual=True, in_channels=12, out_channels=12, patch_size=2,
        scale_factor_spatial=16,
    ).save_pretrained(folder / "vae")  # fmt: skip
    index = {"transformer_2": [None, None], "expand_timesteps": True}
    (folder / "model_index.json").write_text(json.dumps(INDEX | index))
    return folder


def write_base(folder: Path) -> Path:
    """A whole tiny base model in `folder`, in the layout of Wan 2.1."""
    build_transformer().save_pretrained(folder / "transformer")
    build_vae().save_pretrained(folder / "vae")
    build_text_encoder().save_pretrained(folder / "text_encoder")
    build_tokenizer().save_pretrained(folder / "tokenizer")
    UniPCMultistepScheduler(
        prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=3.0
    ).save_pretrained(folder / "scheduler")  # fmt: skip
    (folder / "model_index.json").write_text(json.dumps(INDEX | {"transformer_2": [None, None]}))
    return folder


def write_pair(folder: Path) -> Path:
    """The same with a second transformer for the less noisy latents."""
    write_base(folder)
    build_transformer(seed=1).save_pretrained(folder / "transformer_2")
    pair = {"transformer_2": INDEX["transformer"], "boundary_ratio": 0.875}
    (folder / "model_index.json").write_text(json.dumps(INDEX | pair))
    return folder
