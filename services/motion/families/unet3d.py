"""The `unet3d` family: any diffusers-layout folder of a `UNet3DConditionModel` (METHOD 1 and 9).

ZeroScope v2, ModelScope 1.7b and the bundled base are of this family.
"""

import json
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKL, UNet3DConditionModel
from diffusers.models.attention_processor import Attention, AttnProcessor
from diffusers.models.resnet import TemporalConvLayer
from diffusers.models.transformers.transformer_temporal import TransformerTemporalModel
from torch import Tensor, nn
from transformers import CLIPTextModel, CLIPTokenizer
from transformers.utils import logging as transformers_logging

from services.motion import schedules
from services.motion.errors import NotABaseModel
from services.motion.families import folder as base_folder
from services.motion.families.protocol import Bundle

FAMILY = "unet3d"
_CLASSES = {"unet": "UNet3DConditionModel", "vae": "AutoencoderKL", "text_encoder": "CLIPTextModel"}
_LOADING_ERRORS = (OSError, ValueError, RuntimeError, KeyError, TypeError, AttributeError)
"""What diffusers and transformers raise for a folder that they cannot read."""


def load(folder: Path, *, device: torch.device | str = "cpu", dtype: torch.dtype = torch.float32) -> Bundle:
    """Load a base model for customising and sampling, frozen and in evaluation mode.

    Raises NotABaseModel, which names what is missing or wrong.
    """
    folder, device = Path(folder), torch.device(device)
    base_folder.check(folder, _CLASSES)
    unet = _model(UNet3DConditionModel, folder / "unet", dtype)
    vae = _model(AutoencoderKL, folder / "vae", torch.float32)
    text_encoder = _text_encoder(folder / "text_encoder", dtype)
    _check_fit(unet, vae, text_encoder)
    card, content_hash = base_folder.read_card(folder), base_folder.content_hash(folder)
    _skip_identity_convolutions(unet)
    attend_plainly(unet, device)
    return Bundle(
        unet=unet.to(device),
        vae=vae.to(device),
        text_encoder=text_encoder.to(device),
        tokenizer=_tokenizer(folder / "tokenizer"),
        scheduler=_scheduler(folder / "scheduler" / "scheduler_config.json"),
        family=FAMILY,
        revision=str(card.get("revision", content_hash[:12])),
        content_hash=content_hash,
        device=device,
        card=card,
    )


def _model(kind: Any, folder: Path, dtype: torch.dtype) -> Any:
    try:
        model, info = kind.from_pretrained(
            folder, torch_dtype=dtype, variant=base_folder.variant(folder), output_loading_info=True
        )
    except _LOADING_ERRORS as error:
        raise NotABaseModel(f"{folder.name}: {error}") from error
    _check_complete(folder.name, info["missing_keys"], info["mismatched_keys"])
    return _settle(model)


def _text_encoder(folder: Path, dtype: torch.dtype) -> CLIPTextModel:
    transformers_logging.disable_progress_bar()
    try:
        loaded: Any = CLIPTextModel.from_pretrained(
            folder, dtype=dtype, variant=base_folder.variant(folder), output_loading_info=True
        )
    except _LOADING_ERRORS as error:
        raise NotABaseModel(f"text_encoder: {error}") from error
    model, info = loaded
    _check_complete("text_encoder", info["missing_keys"], info["mismatched_keys"])
    return _settle(model)


def _settle(model: Any) -> Any:
    """Freeze, and move the weights out of the mapped file.

    There they are not aligned, which makes kernels slower and changes last bits, and they would go with the file.
    """
    for parameter in model.parameters():
        parameter.data = parameter.data.clone()
    return model.requires_grad_(requires_grad=False).eval()


def _check_complete(name: str, missing: Any, mismatched: Any) -> None:
    for problem, keys in (("missing", missing), ("of another shape", mismatched)):
        if keys:
            raise NotABaseModel(f"{name}: {len(keys)} weights are {problem}, the first is {min(map(str, keys))}")


def _tokenizer(folder: Path) -> CLIPTokenizer:
    try:
        return CLIPTokenizer.from_pretrained(folder)
    except _LOADING_ERRORS as error:
        raise NotABaseModel(f"tokenizer: {error}") from error


def _scheduler(path: Path) -> Any:
    try:
        return schedules.from_config(json.loads(path.read_text()))
    except _LOADING_ERRORS as error:
        raise NotABaseModel(f"scheduler: {error}") from error


def _check_fit(unet: Any, vae: Any, text_encoder: Any) -> None:
    width, expected = text_encoder.config.hidden_size, unet.config.cross_attention_dim
    if width != expected:
        raise NotABaseModel(f"text_encoder: embeddings are {width} wide and the unet reads {expected}")
    if vae.config.latent_channels != unet.config.in_channels:
        raise NotABaseModel(
            f"vae: {vae.config.latent_channels} latent channels and the unet reads {unet.config.in_channels}"
        )


def attend_plainly(unet: nn.Module, device: torch.device) -> None:
    """On a CPU, attend by plain matrix products: over a few frames the fused kernel takes much longer."""
    for module in unet.modules():
        if isinstance(module, Attention) and device.type == "cpu":
            module.set_processor(AttnProcessor())


def _same(hidden_states: Tensor, **_options: Any) -> Tensor:
    return hidden_states


def _same_tuple(hidden_states: Tensor, **_options: Any) -> tuple[Tensor]:
    return (hidden_states,)


def _skip_identity_convolutions(unet: nn.Module) -> None:
    """Do not compute temporal convolutions whose last layer is zero: frozen, they add nothing."""
    for module in unet.modules():
        if isinstance(module, TemporalConvLayer):
            last: Any = module.conv4[-1]
            if not (last.weight.any() or last.bias.any()):
                module.forward = _same


@contextmanager
def temporal_bypass(unet: nn.Module) -> Generator[None]:
    """Skip every temporal layer inside the block: what a single frame goes through (METHOD 5 and 8)."""
    with ExitStack() as stack:
        for module in unet.modules():
            if isinstance(module, TemporalConvLayer):
                stack.enter_context(_forward(module, _same))
            elif isinstance(module, TransformerTemporalModel):
                stack.enter_context(_forward(module, _same_tuple))
        yield


@contextmanager
def _forward(module: nn.Module, function: Callable[..., Any]) -> Generator[None]:
    previous = module.__dict__.get("forward")
    module.forward = function
    try:
        yield
    finally:
        if previous is None:
            del module.forward
        else:
            module.forward = previous
