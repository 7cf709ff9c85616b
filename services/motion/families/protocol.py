"""What the engine needs from a base model, whatever its family.

Suffixes: B batch, T frames, F frames of a window, C channels, H height, W width, S tokens, D text width; X is the
colour of a pixel.
"""

from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from diffusers import DDIMScheduler
from numpy.typing import NDArray
from torch import Tensor, nn

from services.motion.errors import Unsuitable
from services.motion.shapes import LatentSize, VideoSize

Frames = NDArray[np.uint8]
"""RGB bytes with the colour last."""

_CHUNK_PIXELS = 16 * 384 * 384
"""Pixels that go through the autoencoder at once."""


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """A loaded base: frozen, in evaluation mode, on one device."""

    unet: nn.Module
    vae: Any
    text_encoder: Any
    tokenizer: Any
    scheduler: DDIMScheduler
    family: str
    revision: str
    content_hash: str
    device: torch.device
    card: dict[str, Any] = field(default_factory=dict[str, Any])
    """What the folder's `choreo.json` says, empty when there is none."""

    @cached_property
    def dtype(self) -> torch.dtype:
        """The dtype of the network's weights; asking diffusers at every step costs as much as a small layer."""
        return next(self.unet.parameters()).dtype

    @property
    def vae_factor(self) -> int:
        """Pixels per latent cell along a side."""
        return 2 ** (len(self.vae.config.block_out_channels) - 1)

    def latent_size(self, size: VideoSize) -> LatentSize:
        """The latents of a video of `size`. Raises Unsuitable for a side that is not a multiple of the factor."""
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
        """Text embeddings B x S x D in float32."""
        longest = min(self.tokenizer.model_max_length, self.text_encoder.config.max_position_embeddings)
        tokens = self.tokenizer(
            prompts, padding="max_length", max_length=longest, truncation=True, return_tensors="pt"
        )  # fmt: skip
        return self.text_encoder(tokens.input_ids.to(self.device))[0].float()

    def predict(self, noisy_BCFHW: Tensor, timestep: Tensor, text_BSD: Tensor) -> Tensor:
        """The network's prediction B x C x F x H x W in float32; `timestep` is one for all or one for each sample."""
        noisy_BCFHW, text_BSD = noisy_BCFHW.to(self.dtype), text_BSD.to(self.dtype)
        return self.unet(noisy_BCFHW, timestep, encoder_hidden_states=text_BSD, return_dict=False)[0].float()

    @torch.no_grad()
    def encode_frames(self, frames_THWX: Frames) -> Tensor:
        """Latents T x C x H x W of RGB bytes: the mean of the posterior, scaled as the network expects."""
        chunks = np.array_split(frames_THWX, _num_chunks(frames_THWX.shape[0], *frames_THWX.shape[1:3]))
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


class Family(Protocol):
    """One kind of network: how it loads, and how it is run on single frames."""

    def load(self, folder: Path, *, device: torch.device, dtype: torch.dtype) -> Bundle:
        """Raises NotABaseModel."""
        ...

    def temporal_bypass(self, unet: nn.Module) -> AbstractContextManager[None]:
        """Every temporal layer is skipped inside the block."""
        ...
