"""What the engine needs from a base model, whatever its family.

Suffixes: B batch, T frames of a whole clip, F frames of a window, C channels, H height, W width, S tokens, D text
width; X is the colour of a pixel. Of latents, frames are latent frames: a family may compress time too.
"""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple, Protocol, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from services.motion.compute.offload import Offload
from services.motion.schedules.diffusion import Schedule
from services.motion.shapes import LatentSize, VideoSize
from shared.families import FAMILIES, Limits
from shared.families import Family as FamilyName

Frames = NDArray[np.uint8]
"""RGB bytes with the colour last."""


@dataclass(frozen=True, kw_only=True)
class Bundle(ABC):
    """A loaded base: frozen, in evaluation mode, its network on one device."""

    network: nn.Module
    vae: Any
    text_encoder: Any
    tokenizer: Any
    scheduler: Any
    """What the folder says of the noise schedule; only `schedule` reads it."""
    family: str
    revision: str
    content_hash: str
    device: torch.device
    offload: Offload
    """Where autoencoder and text encoder are; whoever calls them directly says that they are `needed`."""
    card: dict[str, Any] = field(default_factory=dict[str, Any])
    """What the folder's `choreo.json` says, empty when there is none."""

    @cached_property
    def dtype(self) -> torch.dtype:
        """The dtype of most of the network's weights; some stay in float32 whatever the rest is loaded in."""
        sizes: Counter[torch.dtype] = Counter()
        for name, parameter in self.network.named_parameters():
            if ".lora_" not in name:
                sizes[parameter.dtype] += parameter.numel()
        return sizes.most_common(1)[0][0]

    @property
    def unet(self) -> Any:
        """The network, by the name that it has in the families where it is a U-Net."""
        return self.network

    @property
    def parts(self) -> tuple[str, ...]:
        """Modules of the network into which diffusers loads adapters one by one, none when it takes it whole."""
        return ()

    @property
    def limits(self) -> Limits:
        """What the base can render, as its card says or else its family."""
        stated = self.card.get("limits")
        return Limits.model_validate(stated) if stated else FAMILIES[cast("FamilyName", self.family)].limits

    @property
    @abstractmethod
    def schedule(self) -> Schedule:
        """The noise schedule."""

    @abstractmethod
    def latent_size(self, size: VideoSize) -> LatentSize:
        """The latents of a video of `size`. Raises Unsuitable for a size that the base cannot render."""

    @abstractmethod
    def encode_text(self, prompts: list[str]) -> Tensor:
        """Text embeddings B x S x D in float32."""

    @abstractmethod
    def predict(self, noisy_BCFHW: Tensor, timestep: Tensor, text_BSD: Tensor) -> Tensor:
        """The network's prediction B x C x F x H x W in float32; `timestep` is one for all or one for each sample."""

    @abstractmethod
    def temporal_bypass(self) -> AbstractContextManager[None]:
        """Every temporal layer is skipped inside the block, as for one frame. Raises SpatialPathUnsupported."""

    @abstractmethod
    def gradient_checkpointing(self) -> AbstractContextManager[None]:
        """Activations inside the block are recomputed in the backward pass; after it the network is as before."""

    @abstractmethod
    def encode_clip(self, frames_THWX: Frames, num_frames: int) -> Tensor:
        """A clip's latents, scaled as the network expects, from which `window` takes windows of `num_frames`."""

    @abstractmethod
    def num_windows(self, clip: Tensor, num_frames: int) -> int:
        """How many windows of `num_frames` an encoded clip has."""

    @abstractmethod
    def window(self, clip: Tensor, index: int, num_frames: int) -> Tensor:
        """The latents C x F x H x W of one window of an encoded clip."""

    @abstractmethod
    def decode_latents(self, latents_BCFHW: Tensor) -> Frames:
        """RGB bytes B x F x H x W x 3."""


class Targets(NamedTuple):
    """The linears that a preset adapts: those whose name inside a module of type `owner` matches `pattern` whole."""

    owner: type[nn.Module]
    pattern: str


class Family(Protocol):
    """One kind of network. A family is a module that has these names."""

    FAMILY: str
    NETWORKS: tuple[type[nn.Module], ...]
    TARGETS: Mapping[str, Targets]
    """By preset; `spatial` is the appearance path's (METHOD 5), and missing where the network has none."""

    def load(self, folder: Path, *, device: torch.device | str, dtype: torch.dtype) -> Bundle:
        """Raises NotABaseModel."""
        ...

    def highway(self, network: nn.Module, mode: str, gain: float) -> AbstractContextManager[None]:
        """The Appearance Highway is open inside the block. Raises HighwayUnsupported."""
        ...
