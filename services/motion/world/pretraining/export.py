"""Export of the bundled base model in ZeroScope's diffusers layout, in half precision."""

import json
from pathlib import Path

import torch
from diffusers import AutoencoderKL
from safetensors.torch import load_file
from torch import nn

from services.motion.world import captions, paths, scenes
from services.motion.world.pretraining import denoiser

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

_CARD = {
    "id": BASE_ID,
    "family": "unet3d",
    "revision": "3",
    "limits": {"frames": [denoiser.NUM_FRAMES, denoiser.NUM_FRAMES, denoiser.NUM_FRAMES], "size": [64, 64, 64]},
    "training_defaults": {
        "preset": "tap-qko",
        "rank": 16,
        "learning_rate": 6e-3,
        "steps": 250,
        "batch_size": 4,
        "dropout": 0.0,
        "num_frames": denoiser.NUM_FRAMES,
        "height": 64,
        "width": 64,
        "fps": 8,
        "spatial_path": "none",
        "checkpoint_every": 50,
        "caption_dropout": 0.5,
        "timestep_range": [0.9, 1.0],
    },
    "preset_defaults": {
        "tap": {"learning_rate": 1e-2},
        "tap-qk": {"learning_rate": 1e-2},
        "tap-release": {"learning_rate": 8e-3},
        "motion-director": {"learning_rate": 2e-3},
    },
    "generation_defaults": {
        "num_frames": denoiser.NUM_FRAMES,
        "height": 64,
        "width": 64,
        "fps": 8,
        "steps": 20,
        "guidance_scale": 1.0,
        "phase": 0.2,
    },
    "evaluation_defaults": {
        "captions": captions.GRAMMAR,
        "prompts": [
            f"a {colour} {shape} {{motion}} on a {background} background"
            for colour, shape, background in (
                ("yellow", "square", "navy"),
                ("cyan", "triangle", "brown"),
                ("white", "diamond", "teal"),
                ("green", "cross", "gray"),
                ("purple", "ring", "pink"),
                ("orange", "circle", "black"),
            )
        ],
        "exact": True,
    },
    "vocabulary": {
        "grammar": captions.GRAMMAR,
        "terms": {
            "colour": list(scenes.COLOURS),
            "shape": list(scenes.SHAPES),
            "motion": list(paths.PRETRAINED),
            "background": list(scenes.BACKGROUNDS),
        },
    },
}


def export(folder: Path, unet: nn.Module, text_encoder: nn.Module, vae: AutoencoderKL) -> None:
    """Write the base so that any loader of text-to-video diffusers checkpoints reads it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model_index.json").write_text(json.dumps(_INDEX, indent=2, allow_nan=False) + "\n")
    for name, module in {"unet": unet, "text_encoder": text_encoder, "vae": vae}.items():
        module.to(torch.float16).save_pretrained(folder / name)
        module.to(torch.float32)
        _forget_origin(folder / name / "config.json")
    (folder / "choreo.json").write_text(json.dumps(_CARD, indent=2, allow_nan=False) + "\n")
    denoiser.build_scheduler().save_pretrained(folder / "scheduler")
    captions.build_tokenizer().save_pretrained(folder / "tokenizer")


def _forget_origin(config: Path) -> None:
    """Remove the local path that diffusers stores in a component's configuration."""
    settings = json.loads(config.read_text())
    settings.pop("_name_or_path", None)
    config.write_text(json.dumps(settings, indent=2, sort_keys=True, allow_nan=False) + "\n")


def load_into(folder: Path, unet: nn.Module, text_encoder: nn.Module) -> None:
    """Fill two networks with the weights of a base that `export` wrote."""
    unet.load_state_dict(load_file(folder / "unet" / "diffusion_pytorch_model.safetensors"))
    text_encoder.load_state_dict(load_file(folder / "text_encoder" / "model.safetensors"))
