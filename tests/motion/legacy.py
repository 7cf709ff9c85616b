"""A base model folder in the layout that ZeroScope was published in, with the names of the libraries of 2023."""

import json
from pathlib import Path

import torch
from safetensors.torch import load_file

from tests.motion.models import ZEROSCOPE, write_base

CONFIG = ZEROSCOPE | {"block_out_channels": (32, 32, 64, 64), "attention_head_dim": 32, "cross_attention_dim": 16}
"""ZeroScope's own network with a tenth of its channels."""

_VAE_NAMES = {"to_q": "query", "to_k": "key", "to_v": "value", "to_out.0": "proj_attn"}


def write_zeroscope(folder: Path) -> Path:
    """Write a small random model in that layout: pickled weights, old names, old tokenizer files."""
    write_base(folder, CONFIG)
    for name, file in (
        ("unet", "diffusion_pytorch_model"),
        ("vae", "diffusion_pytorch_model"),
        ("text_encoder", "model"),
    ):
        _pickle(folder / name, file)
    _make_old(folder / "unet" / "config.json", {"_class_name": "UNet3DConditionModel", "_diffusers_version": "0.16.1"})
    _make_old(folder / "vae" / "config.json", {"_class_name": "AutoencoderKL", "_diffusers_version": "0.16.1"})
    _make_old(folder / "scheduler" / "scheduler_config.json", {"skip_prk_steps": True, "trained_betas": None})
    _split_tokenizer(folder / "tokenizer")
    return folder


def _pickle(folder: Path, file: str) -> None:
    source = folder / f"{file}.safetensors"
    weights = {_old_name(folder.name, key): value for key, value in load_file(source).items()}
    if folder.name == "text_encoder":
        weights = {
            key if key.startswith("text_model.") else f"text_model.{key}": value for key, value in weights.items()
        }
        weights["text_model.embeddings.position_ids"] = torch.arange(12)[None]
    source.unlink()
    torch.save(weights, folder / ("pytorch_model.bin" if file == "model" else f"{file}.bin"))


def _old_name(component: str, key: str) -> str:
    if component == "vae" and ".attentions." in key:
        for new, old in _VAE_NAMES.items():
            key = key.replace(f".{new}.", f".{old}.")
    return key


def _make_old(path: Path, values: dict[str, object]) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def _split_tokenizer(folder: Path) -> None:
    """vocab.json and merges.txt instead of tokenizer.json."""
    tokenizer = json.loads((folder / "tokenizer.json").read_text())
    (folder / "tokenizer.json").unlink()
    (folder / "vocab.json").write_text(json.dumps(tokenizer["model"]["vocab"]))
    (folder / "merges.txt").write_text("#version: 0.2\n")
    special = {
        "bos_token": "<|startoftext|>",
        "eos_token": "<|endoftext|>",
        "unk_token": "<|endoftext|>",
        "pad_token": "<|endoftext|>",
    }
    (folder / "special_tokens_map.json").write_text(json.dumps(special))
    settings = {
        "tokenizer_class": "CLIPTokenizer",
        "model_max_length": 12,
        "do_lower_case": True,
        "errors": "replace",
        "add_prefix_space": False,
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(settings | special))
