"""Shared code of the two U-Net families: image autoencoder, CLIP text encoder, adapter targets, attention on a CPU.

Suffixes as in shapes.py.
"""

from abc import ABC
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import AutoencoderKL
from diffusers.models.attention_processor import Attention, AttnProcessor
from diffusers.models.transformers.transformer_2d import Transformer2DModel
from torch import Tensor, nn
from transformers import CLIPTextModel, CLIPTokenizer

from services.motion.compute.gradient_checkpointing import with_recomputation
from services.motion.compute.offload import Offload
from services.motion.errors import NotABaseModel, Unsuitable
from services.motion.families import components
from services.motion.families.protocol import Bundle, Targets
from services.motion.schedules.diffusion import DiffusionSchedule
from services.motion.shapes import Frames, LatentSize, VideoSize

_CHUNK_PIXELS = 16 * 384 * 384
"""Pixels per call of the autoencoder."""

_ATTENTION = r"transformer_blocks\.\d+\.attn[12]\."
_FEED_FORWARD = r"transformer_blocks\.\d+\.ff\.net\.(0\.proj|2)"

_LAYERS = ("resnets", "temp_convs", "attentions", "temp_attentions", "motion_modules")
"""Attributes of a block that hold lists of layers."""


def preset_targets(temporal: type[nn.Module]) -> dict[str, Targets]:
    """The target modules of each preset (docs/method.md, section 2) for temporal transformers of the given type."""
    return {
        "tap": Targets(temporal, _ATTENTION + "to_k"),
        "tap-qk": Targets(temporal, _ATTENTION + "to_[qk]"),
        "tap-release": Targets(temporal, _ATTENTION + r"(to_k|to_out\.0)"),
        "tap-qko": Targets(temporal, _ATTENTION + r"(to_[qk]|to_out\.0)"),
        "motion-director": Targets(temporal, rf"({_ATTENTION}(to_[qkv]|to_out\.0)|{_FEED_FORWARD})"),
        "spatial": Targets(
            Transformer2DModel, rf"(transformer_blocks\.\d+\.attn1\.(to_[qkv]|to_out\.0)|{_FEED_FORWARD})"
        ),
    }


def load_parts(folder: Path, unet: Any, dtype: torch.dtype, device: torch.device) -> dict[str, Any]:
    """The fields of a `UNetBundle` that both families load alike; moves all to the device. Raises NotABaseModel."""
    vae = components.load_model(AutoencoderKL, folder / "vae", torch.float32)
    text_encoder = components.load_text_encoder(CLIPTextModel, folder / "text_encoder", dtype)
    check_dimensions(unet, vae, text_encoder)
    use_plain_attention(unet, device)
    return {
        "network": unet.to(device),
        "vae": vae.to(device),
        "text_encoder": text_encoder.to(device),
        "tokenizer": components.load_tokenizer(CLIPTokenizer, folder / "tokenizer"),
        "device": device,
        "offload": Offload(device),
    }


class UNetBundle(Bundle, ABC):
    """A base model whose autoencoder encodes single frames, so the windows of a clip are slices of its latents."""

    @property
    def schedule(self) -> DiffusionSchedule:
        """The folder's noise schedule."""
        return DiffusionSchedule(self.scheduler)

    @property
    def vae_factor(self) -> int:
        """Pixels per latent cell, along a side."""
        return 2 ** (len(self.vae.config.block_out_channels) - 1)

    def latent_size(self, size: VideoSize) -> LatentSize:
        """The shape of a video's latents. Raises Unsuitable for a side that is not a multiple of `vae_factor`."""
        if size.num_frames < 1 or size.height < 1 or size.width < 1:
            raise Unsuitable(f"a video needs at least one frame and one pixel, not {tuple(size)}")
        if size.height % self.vae_factor or size.width % self.vae_factor:
            raise Unsuitable(f"height and width must be multiples of {self.vae_factor}, not {size.height}x{size.width}")
        return LatentSize(
            self.unet.config["in_channels"],
            size.num_frames,
            size.height // self.vae_factor,
            size.width // self.vae_factor,
        )

    @torch.no_grad()
    def encode_text(self, prompts: list[str]) -> Tensor:
        """Text embeddings B x S x D in float32; longer prompts are truncated."""
        longest = min(self.tokenizer.model_max_length, self.text_encoder.config.max_position_embeddings)
        tokens = self.tokenizer(
            prompts, padding="max_length", max_length=longest, truncation=True, return_tensors="pt"
        )  # fmt: skip
        with self.offload.on_device(self.text_encoder):
            return self.text_encoder(tokens.input_ids.to(self.device))[0].float()

    def predict(self, noisy_BCFHW: Tensor, timestep: Tensor, text_BSD: Tensor) -> Tensor:
        """The network's prediction B x C x F x H x W in float32; `timestep` is a scalar or has one value per sample."""
        noisy_BCFHW, text_BSD = noisy_BCFHW.to(self.dtype), text_BSD.to(self.dtype)
        return self.unet(noisy_BCFHW, timestep, encoder_hidden_states=text_BSD, return_dict=False)[0].float()

    @contextmanager
    def gradient_checkpointing(self) -> Generator[None]:
        """Gradient checkpointing of every layer is on inside the block.

        diffusers' own raises for one of the U-Nets, and for the other covers the resnets only (docs/method.md,
        section 8).
        """
        with ExitStack() as stack:
            for module in _layers(self.network):
                if module.__dict__.get("forward") is not identity_forward:
                    stack.enter_context(replaced_forward(module, with_recomputation(module.forward)))
            yield

    def encode_clip(self, frames_THWX: Frames, num_frames: int) -> Tensor:  # noqa: ARG002 - for windows of any length
        """The latents T x C x H x W of all frames."""
        return self.encode_frames(frames_THWX)

    def num_windows(self, clip: Tensor, num_frames: int) -> int:
        """The number of positions at which a window fits."""
        return max(0, len(clip) - num_frames + 1)

    def window(self, clip: Tensor, index: int, num_frames: int) -> Tensor:
        """The window C x F x H x W that starts at frame `index`."""
        return clip[index : index + num_frames].transpose(0, 1)

    @torch.no_grad()
    def encode_frames(self, frames_THWX: Frames) -> Tensor:
        """Latents T x C x H x W of RGB bytes T x H x W x 3: the posterior's mode, scaled as the network expects."""
        chunks = np.array_split(frames_THWX, _num_chunks(frames_THWX.shape[0], *frames_THWX.shape[1:3]))
        with self.offload.on_device(self.vae):
            return torch.cat([self._encode(chunk) for chunk in chunks])

    def _encode(self, frames_THWX: Frames) -> Tensor:
        pixels = torch.from_numpy(np.ascontiguousarray(frames_THWX)).permute(0, 3, 1, 2)
        pixels = pixels.to(self.device, self.vae.dtype) / 127.5 - 1.0
        shift = getattr(self.vae.config, "shift_factor", None) or 0.0
        return (self.vae.encode(pixels).latent_dist.mode().float() - shift) * self.vae.config.scaling_factor

    @torch.no_grad()
    def decode_latents(self, latents_BCFHW: Tensor) -> Frames:
        """RGB bytes B x F x H x W x 3."""
        num, _, num_frames, height, width = latents_BCFHW.shape
        latents_NCHW = latents_BCFHW.transpose(1, 2).flatten(0, 1)
        side = self.vae_factor
        chunks = latents_NCHW.chunk(_num_chunks(len(latents_NCHW), height * side, width * side))
        with self.offload.on_device(self.vae):
            frames = np.concatenate([self._decode(chunk) for chunk in chunks])
        return frames.reshape(num, num_frames, *frames.shape[1:])

    def _decode(self, latents_NCHW: Tensor) -> Frames:
        shift = getattr(self.vae.config, "shift_factor", None) or 0.0
        latents_NCHW = latents_NCHW.to(self.vae.dtype) / self.vae.config.scaling_factor + shift
        pixels = self.vae.decode(latents_NCHW).sample.float()
        return ((pixels + 1.0) * 127.5).round().clamp(0, 255).to(torch.uint8).permute(0, 2, 3, 1).cpu().numpy()


def _num_chunks(num_frames: int, height: int, width: int) -> int:
    per_chunk = max(1, _CHUNK_PIXELS // (height * width))
    return -(-num_frames // per_chunk)


def check_dimensions(unet: Any, vae: Any, text_encoder: Any) -> None:
    """Raise NotABaseModel unless text width and latent channels of the components agree."""
    width, expected = text_encoder.config.hidden_size, unet.config.cross_attention_dim
    if width != expected:
        raise NotABaseModel(f"text_encoder: embeddings are {width} wide and the unet reads {expected}")
    if vae.config.latent_channels != unet.config.in_channels:
        raise NotABaseModel(
            f"vae: {vae.config.latent_channels} latent channels and the unet reads {unet.config.in_channels}"
        )


def use_plain_attention(unet: nn.Module, device: torch.device) -> None:
    """On a CPU, compute attention with plain matrix products: for a few frames the fused kernel is much slower."""
    for module in unet.modules():
        if isinstance(module, Attention) and device.type == "cpu":
            module.set_processor(AttnProcessor())


def _layers(unet: nn.Module) -> Iterator[nn.Module]:
    """The layers of all blocks, and the temporal transformer before the first block."""
    for module in unet.modules():
        for kind in _LAYERS:
            yield from getattr(module, kind, None) or ()
    if (first := getattr(unet, "transformer_in", None)) is not None:
        yield first


def identity_forward(hidden_states: Tensor, *_rest: Any, **_options: Any) -> Tensor:
    """The `forward` of a skipped layer."""
    return hidden_states


@contextmanager
def replaced_forward(module: nn.Module, function: Callable[..., Any]) -> Generator[None]:
    """The module's `forward` is `function` inside the block."""
    previous = module.__dict__.get("forward")
    module.forward = function
    try:
        yield
    finally:
        if previous is None:
            del module.forward
        else:
            module.forward = previous
