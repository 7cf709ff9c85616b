"""The bundled base on disk: ZeroScope's diffusers layout, in half precision."""

import json
from pathlib import Path

import torch
from diffusers import AutoencoderKL
from torch import nn

from services.motion.world import captions, denoiser

BASE_ID = "choreo-world"

_INDEX = {
    "_class_name": "TextToVideoSDPipeline",
    "_diffusers_version": "0.42.1",
    "scheduler": ["diffusers", "DDIMScheduler"],
    "text_encoder": ["transformers", "CLIPTextModel"],
    "tokenizer": ["transformers", "CLIPTokenizer"],
    "unet": ["diffusers", "UNet3DConditionModel"],
    "vae": ["diffusers", "AutoencoderKL"],
}


def export(folder: Path, unet: nn.Module, text_encoder: nn.Module, vae: AutoencoderKL) -> None:
    """Write the base so that any loader of text-to-video diffusers checkpoints reads it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model_index.json").write_text(json.dumps(_INDEX, indent=2) + "\n")
    for name, module in {"unet": unet, "text_encoder": text_encoder, "vae": vae}.items():
        module.to(torch.float16).save_pretrained(folder / name)
        module.to(torch.float32)
    denoiser.build_scheduler().save_pretrained(folder / "scheduler")
    captions.build_tokenizer().save_pretrained(folder / "tokenizer")
