"""The `wan` family: Wan's text-to-video transformers, whose attention goes over space and time at once (METHOD 9).

Wan 2.1 has one, Wan 2.2 two: one for noisy latents and one for the rest.

Its autoencoder is causal and compresses time: the first latent frame is the first frame, each further one stands for
several. A window is therefore encoded by itself; a slice of a longer clip's latents would begin in the middle of a
group. Suffixes as in protocol.py.
"""

from collections.abc import Generator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import AutoencoderKLWan, WanTransformer3DModel
from diffusers.models.transformers.transformer_wan import WanTransformerBlock
from torch import Tensor, nn
from transformers import AutoTokenizer, UMT5EncoderModel

from services.motion.compute.offload import Offload
from services.motion.errors import HighwayUnsupported, NotABaseModel, SpatialPathUnsupported, Unsuitable
from services.motion.families import components
from services.motion.families import folder as base_folder
from services.motion.families.experts import Experts
from services.motion.families.protocol import Bundle, Frames, Targets
from services.motion.schedules.flow import Flow
from services.motion.shapes import LatentSize, VideoSize

FAMILY: str = "wan"
NETWORKS: tuple[type[nn.Module], ...] = (WanTransformer3DModel, Experts)
TARGETS: Mapping[str, Targets] = {
    "tap": Targets(WanTransformerBlock, r"attn1\.to_k"),
    "tap-qk": Targets(WanTransformerBlock, r"attn1\.to_[qk]"),
    "tap-release": Targets(WanTransformerBlock, r"attn1\.(to_k|to_out\.0)"),
    "tap-qko": Targets(WanTransformerBlock, r"attn1\.(to_[qk]|to_out\.0)"),
    "motion-director": Targets(WanTransformerBlock, r"(attn1\.(to_[qkv]|to_out\.0)|ffn\.net\.(0\.proj|2))"),
}
_NETWORK = "WanTransformer3DModel"
_CLASSES = {
    "transformer": _NETWORK, "vae": "AutoencoderKLWan", "text_encoder": "UMT5EncoderModel",
    "tokenizer": None, "scheduler": None,
}  # fmt: skip
_SECOND = {"transformer_2": _NETWORK}
_NUM_TOKENS = 512
"""The text length that Wan was trained on; shorter prompts are followed by zeros."""
_MOST_WINDOWS = 8
"""Windows of one clip that are encoded, evenly spread: each costs a pass of the autoencoder over all its frames."""

_CHECKPOINTING = ("gradient_checkpointing", "_gradient_checkpointing_func")
"""What `enable_gradient_checkpointing` sets on a transformer, and `disable_...` does not take away."""


class WanBundle(Bundle):
    """A base that predicts the velocity of a flow."""

    @property
    def schedule(self) -> Flow:
        """The flow with the shift that the folder's scheduler states."""
        return self.scheduler

    @property
    def parts(self) -> tuple[str, ...]:
        """Both transformers of a pair."""
        return ("transformer", "transformer_2") if isinstance(self.network, Experts) else ()

    @property
    def _time_factor(self) -> int:
        """Frames per latent frame, after the first."""
        return self.vae.config.scale_factor_temporal

    def latent_size(self, size: VideoSize) -> LatentSize:
        """The latents of a video of `size`. Raises Unsuitable for one that does not divide into latents and patches."""
        if size.num_frames < 1 or size.height < 1 or size.width < 1:
            raise Unsuitable(f"a video needs at least one frame and one pixel, not {tuple(size)}")
        if (size.num_frames - 1) % self._time_factor:
            raise Unsuitable(f"{FAMILY} takes 1 frame and then groups of {self._time_factor}, not {size.num_frames}")
        side, (_, *patch) = self.vae.config.scale_factor_spatial, self.network.config["patch_size"]
        for name, pixels, cells in (("height", size.height, patch[0]), ("width", size.width, patch[1])):
            if pixels % (side * cells):
                raise Unsuitable(f"{name} must be a multiple of {side * cells}, not {pixels}")
        num_frames = 1 + (size.num_frames - 1) // self._time_factor
        return LatentSize(self.vae.config.z_dim, num_frames, size.height // side, size.width // side)

    @torch.no_grad()
    def encode_text(self, prompts: list[str]) -> Tensor:
        """Text embeddings B x S x D in float32, zero after a prompt's last token."""
        tokens = self.tokenizer(
            [" ".join(prompt.split()) for prompt in prompts], padding="max_length", max_length=_NUM_TOKENS,
            truncation=True, return_attention_mask=True, return_tensors="pt",
        )  # fmt: skip
        ids, mask = tokens.input_ids.to(self.device), tokens.attention_mask.to(self.device)
        with self.offload.needed(self.text_encoder):
            text_BSD = self.text_encoder(ids, mask).last_hidden_state.float()
        return text_BSD * mask.unsqueeze(-1)

    def predict(self, noisy_BCFHW: Tensor, timestep: Tensor, text_BSD: Tensor) -> Tensor:
        """The flow's velocity B x C x F x H x W in float32; `timestep` is one for all or one for each sample."""
        timestep_B = timestep.to(noisy_BCFHW.device).expand(len(noisy_BCFHW))
        text_BSD = text_BSD.expand(len(noisy_BCFHW), -1, -1).to(self.dtype)
        return self.network(noisy_BCFHW.to(self.dtype), timestep_B, text_BSD, return_dict=False)[0].float()

    def temporal_bypass(self) -> AbstractContextManager[None]:
        """Raises SpatialPathUnsupported."""
        raise SpatialPathUnsupported(
            f"{FAMILY} attends over space and time at once: there is no temporal layer to skip"
        )

    @contextmanager
    def gradient_checkpointing(self) -> Generator[None]:
        """The library's own: every transformer block is recomputed."""
        transformers = [each for each in self.network.modules() if isinstance(each, WanTransformer3DModel)]
        before = [
            {name: each.__dict__[name] for name in _CHECKPOINTING if name in each.__dict__} for each in transformers
        ]
        try:
            for each in transformers:
                each.enable_gradient_checkpointing()
            yield
        finally:
            for each, values in zip(transformers, before, strict=True):
                _restore(each, values)

    @torch.no_grad()
    def encode_clip(self, frames_THWX: Frames, num_frames: int) -> Tensor:
        """The latents of windows spread over the clip, one after the other: windows x C x F x H x W."""
        room = len(frames_THWX) - num_frames
        starts = np.linspace(0, room, min(room + 1, _MOST_WINDOWS)).round().astype(int)
        with self.offload.needed(self.vae):
            return torch.cat([self._encode(frames_THWX[start : start + num_frames]) for start in starts])

    def _encode(self, frames_FHWX: Frames) -> Tensor:
        pixels = torch.from_numpy(np.ascontiguousarray(frames_FHWX)).permute(3, 0, 1, 2).unsqueeze(0)
        latents = self.vae.encode(pixels.to(self.device, self.vae.dtype) / 127.5 - 1.0).latent_dist.mode()
        mean, std = self._statistics(latents)
        return ((latents - mean) / std).float()

    def _statistics(self, latents: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and standard deviation of the autoencoder's channels, over which the network sees normed latents."""
        stated = self.vae.config.latents_mean, self.vae.config.latents_std
        mean, std = (torch.tensor(values).view(1, -1, 1, 1, 1).to(latents) for values in stated)
        return mean, std

    def num_windows(self, clip: Tensor, num_frames: int) -> int:
        """As many as were encoded, unless windows of another length were."""
        return len(clip) if clip.shape[2] == 1 + (num_frames - 1) // self._time_factor else 0

    def window(self, clip: Tensor, index: int, num_frames: int) -> Tensor:  # noqa: ARG002 - its length is encoded
        """The window C x F x H x W of this index."""
        return clip[index]

    @torch.no_grad()
    def decode_latents(self, latents_BCFHW: Tensor) -> Frames:
        """RGB bytes B x F x H x W x 3, decoded one video after the other."""
        with self.offload.needed(self.vae):
            return np.concatenate([self._decode(latents) for latents in latents_BCFHW.split(1)])

    def _decode(self, latents_BCFHW: Tensor) -> Frames:
        latents_BCFHW = latents_BCFHW.to(self.vae.dtype)
        mean, std = self._statistics(latents_BCFHW)
        pixels = self.vae.decode(latents_BCFHW * std + mean).sample.float()
        return ((pixels + 1.0) * 127.5).round().clamp(0, 255).to(torch.uint8).permute(0, 2, 3, 4, 1).cpu().numpy()


def load(folder: Path, *, device: torch.device | str = "cpu", dtype: torch.dtype = torch.float32) -> WanBundle:
    """Load a base model for customising and sampling, frozen and in evaluation mode.

    Raises NotABaseModel, which names what is missing or wrong.
    """
    folder, device = Path(folder), torch.device(device)
    classes = _CLASSES | _SECOND if base_folder.class_of(folder, "transformer_2") else _CLASSES
    base_folder.check(folder, classes)
    if base_folder.read_index(folder).get("expand_timesteps"):
        raise NotABaseModel(f"{folder}: Wan 2.2's timesteps for each token (expand_timesteps) are not supported")
    with components.translated("scheduler"):
        flow = Flow.from_config(components.scheduler_config(folder / "scheduler"))
    network = _network(folder, flow, dtype, paired="transformer_2" in classes)
    vae = components.model(AutoencoderKLWan, folder / "vae", torch.float32)
    text_encoder = components.text_encoder(UMT5EncoderModel, folder / "text_encoder", dtype)
    _check_fit(network, vae, text_encoder)
    return WanBundle(
        network=network.to(device),
        vae=vae.to(device),
        text_encoder=text_encoder.to(device),
        tokenizer=components.tokenizer(AutoTokenizer, folder / "tokenizer"),
        scheduler=flow,
        family=FAMILY,
        device=device,
        offload=Offload(device),
        **base_folder.identity(folder, classes),
    )


def _network(folder: Path, flow: Flow, dtype: torch.dtype, *, paired: bool) -> Any:
    """The transformer, or the pair as one network."""
    first = components.model(WanTransformer3DModel, folder / "transformer", dtype)
    if not paired:
        return first
    boundary = _boundary(folder, flow)
    second = components.model(WanTransformer3DModel, folder / "transformer_2", dtype)
    differing = sorted(key for key, value in first.config.items() if key[0] != "_" and second.config.get(key) != value)
    if differing:
        raise NotABaseModel(f"transformer_2: its {', '.join(differing)} is not that of the first transformer")
    return Experts(first, second, boundary=boundary).eval()


def _boundary(folder: Path, flow: Flow) -> float:
    """The timestep from which the first of two transformers is asked."""
    ratio: Any = base_folder.read_index(folder).get("boundary_ratio")
    if not isinstance(ratio, float) or not 0.0 < ratio < 1.0:
        raise NotABaseModel(f"{folder}: two transformers need a boundary_ratio between 0 and 1, not {ratio}")
    return ratio * flow.num_train_timesteps


def _restore(module: nn.Module, attributes: Mapping[str, Any]) -> None:
    """Give a module its own attributes of checkpointing back, and take from it those that it did not have."""
    for name in _CHECKPOINTING:
        module.__dict__.pop(name, None)
    module.__dict__.update(attributes)


def _check_fit(network: Any, vae: Any, text_encoder: Any) -> None:
    width, expected = text_encoder.config.d_model, network.config.text_dim
    if width != expected:
        raise NotABaseModel(f"text_encoder: embeddings are {width} wide and the transformer reads {expected}")
    channels = network.config.in_channels
    if vae.config.z_dim != channels:
        raise NotABaseModel(f"vae: {vae.config.z_dim} latent channels and the transformer reads {channels}")


def highway(network: nn.Module, mode: str, gain: float) -> AbstractContextManager[None]:  # noqa: ARG001 - never open
    """Raises HighwayUnsupported."""
    raise HighwayUnsupported(f"{type(network).__name__} has no U-Net skips: the Appearance Highway does not apply")
