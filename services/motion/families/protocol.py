"""The interfaces of a loaded base model (`Bundle`) and of a model family (`Family`).

Suffixes as in shapes.py. The frames of latents are latent frames: a family may compress time.
"""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import torch
from torch import Tensor, nn

from services.motion.compute.offload import Offload
from services.motion.schedules.protocol import NoiseSchedule
from services.motion.shapes import Frames, LatentSize, VideoSize
from shared.families import Limits


@dataclass(frozen=True, kw_only=True)
class Bundle(ABC):
    """A loaded base model: frozen, in evaluation mode, the network on one device."""

    network: nn.Module
    vae: Any
    text_encoder: Any
    tokenizer: Any
    scheduler: Any
    """The folder's noise schedule; read by `schedule` only."""
    family: str
    revision: str
    content_hash: str
    limits: Limits
    """Supported video sizes."""
    device: torch.device
    offload: Offload
    """Moves autoencoder and text encoder; wrap direct calls of them in `offload.on_device`."""
    card: dict[str, Any] = field(default_factory=dict[str, Any])
    """The content of the folder's `choreo.json`, empty without one."""

    @cached_property
    def dtype(self) -> torch.dtype:
        """The dtype of most of the network's weights; some layers are float32 always."""
        sizes: Counter[torch.dtype] = Counter()
        for name, parameter in self.network.named_parameters():
            if ".lora_" not in name:
                sizes[parameter.dtype] += parameter.numel()
        return sizes.most_common(1)[0][0]

    @property
    def unet(self) -> Any:
        """The network, under its name in the U-Net families."""
        return self.network

    @property
    def lora_components(self) -> tuple[str, ...]:
        """Submodules into which diffusers loads an adapter one by one; empty if it loads into the whole network."""
        return ()

    @property
    def provenance(self) -> dict[str, str]:
        """Family, revision and content hash, for reports and adapters."""
        return {"family": self.family, "revision": self.revision, "content_hash": self.content_hash}

    @property
    @abstractmethod
    def schedule(self) -> NoiseSchedule:
        """The noise schedule."""

    @abstractmethod
    def latent_size(self, size: VideoSize) -> LatentSize:
        """The shape of a video's latents. Raises Unsuitable for an unsupported size."""

    @abstractmethod
    def encode_text(self, prompts: list[str]) -> Tensor:
        """Text embeddings B x S x D in float32."""

    @abstractmethod
    def predict(self, noisy_BCFHW: Tensor, timestep: Tensor, text_BSD: Tensor) -> Tensor:
        """The network's prediction B x C x F x H x W in float32; `timestep` is a scalar or has one value per sample."""

    @abstractmethod
    def temporal_bypass(self) -> AbstractContextManager[None]:
        """Temporal layers are skipped inside the block. Raises SpatialPathUnsupported."""

    @abstractmethod
    def gradient_checkpointing(self) -> AbstractContextManager[None]:
        """Gradient checkpointing is on inside the block."""

    @abstractmethod
    def encode_clip(self, frames_THWX: Frames, num_frames: int) -> Tensor:
        """A clip's latents, scaled as the network expects, for `window` with the same `num_frames`."""

    @abstractmethod
    def num_windows(self, clip: Tensor, num_frames: int) -> int:
        """The number of windows of `num_frames` in an encoded clip."""

    @abstractmethod
    def window(self, clip: Tensor, index: int, num_frames: int) -> Tensor:
        """The latents C x F x H x W of one window of an encoded clip."""

    @abstractmethod
    def decode_latents(self, latents_BCFHW: Tensor) -> Frames:
        """RGB bytes B x F x H x W x 3."""


class Targets(NamedTuple):
    """The linear layers of a preset: those whose full name inside a module of type `owner` matches `pattern`."""

    owner: type[nn.Module]
    pattern: str


class Family(Protocol):
    """One kind of network. A family is a Python module with these names (docs/families.md)."""

    FAMILY: str
    NETWORKS: tuple[type[nn.Module], ...]
    TARGETS: Mapping[str, Targets]
    """By preset. `spatial` is the spatial path, absent if the network has none (docs/method.md, section 5)."""
    TEMPORAL_LAYERS: str | None
    """The attribute of a down block that holds its temporal layers, before which skips start under the Appearance
    Highway (docs/method.md, section 3). None if the network has no U-Net skips."""

    def load(self, folder: Path, *, device: torch.device | str, dtype: torch.dtype) -> Bundle:
        """Load a base model. Raises NotABaseModel."""
        ...
