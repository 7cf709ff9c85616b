"""The `wan` family: Wan's text-to-video transformers with joint attention over space and time.

Wan 2.1 has one transformer; Wan 2.2 has two, for high and for low noise levels (docs/method.md, section 9). Wan 2.2's
5B model takes a timestep for each token (`expand_timesteps`); without a given first frame they are all equal, which
is the same as one timestep for the video.

The autoencoder is causal and compresses time: the first latent frame stands for the first frame, each further one for
a group of frames. Each window is therefore encoded separately; a slice of a longer clip's latents would start within a
group. Suffixes as in shapes.py.
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
from services.motion.errors import NotABaseModel, SpatialPathUnsupported, Unsuitable
from services.motion.families import base_folder, components
from services.motion.families.protocol import Bundle, Targets
from services.motion.schedules.flow import FlowSchedule
from services.motion.shapes import Frames, LatentSize, VideoSize


class WanTransformerPair(nn.Module):
    """Wan 2.2's two transformers as one network; each sample uses the transformer of its noise level.

    `transformer` is for timesteps from `boundary` upwards, `transformer_2` for those below, as in the folder's names.
    """

    def __init__(self, transformer: nn.Module, transformer_2: nn.Module, *, boundary: float) -> None:
        """`boundary` is a timestep."""
        super().__init__()
        self.transformer, self.transformer_2, self.boundary = transformer, transformer_2, boundary

    @property
    def config(self) -> Any:
        """The config of `transformer`; that of `transformer_2` is equal."""
        return self.transformer.config

    def forward(
        self, noisy_BCFHW: Tensor, timestep_B: Tensor, text_BSD: Tensor, *, return_dict: bool = False
    ) -> tuple[Tensor]:
        """The velocity B x C x F x H x W as a tuple of one, like the transformers' output without a dictionary."""
        is_high_B = timestep_B >= self.boundary
        outputs: list[Tensor] = []
        for transformer, is_own_B in ((self.transformer, is_high_B), (self.transformer_2, ~is_high_B)):
            if is_own_B.any():
                inputs = noisy_BCFHW[is_own_B], timestep_B[is_own_B], text_BSD[is_own_B]
                outputs.append(transformer(*inputs, return_dict=return_dict)[0])
        order_B = torch.argsort(is_high_B.int(), descending=True, stable=True)  # the order of outputs: high ones first
        return (torch.cat(outputs)[torch.argsort(order_B)],)


FAMILY: str = "wan"
NETWORKS: tuple[type[nn.Module], ...] = (WanTransformer3DModel, WanTransformerPair)
TARGETS: Mapping[str, Targets] = {
    "tap": Targets(WanTransformerBlock, r"attn1\.to_k"),
    "tap-qk": Targets(WanTransformerBlock, r"attn1\.to_[qk]"),
    "tap-release": Targets(WanTransformerBlock, r"attn1\.(to_k|to_out\.0)"),
    "tap-qko": Targets(WanTransformerBlock, r"attn1\.(to_[qk]|to_out\.0)"),
    "motion-director": Targets(WanTransformerBlock, r"(attn1\.(to_[qkv]|to_out\.0)|ffn\.net\.(0\.proj|2))"),
}
TEMPORAL_LAYERS: str | None = None
_NETWORK = "WanTransformer3DModel"
_CLASSES = {
    "transformer": _NETWORK, "vae": "AutoencoderKLWan", "text_encoder": "UMT5EncoderModel",
    "tokenizer": None, "scheduler": None,
}  # fmt: skip
_SECOND_TRANSFORMER = {"transformer_2": _NETWORK}
_NUM_TOKENS = 512
"""The text length of Wan's training; the embeddings of shorter prompts are padded with zeros."""
_MAX_WINDOWS = 8
"""Encoded windows per clip, evenly spaced; each takes one pass of the autoencoder over all its frames."""

_CHECKPOINTING_ATTRIBUTES = ("gradient_checkpointing", "_gradient_checkpointing_func")
"""Attributes that `enable_gradient_checkpointing` sets; `disable_gradient_checkpointing` does not remove them."""


class WanBundle(Bundle):
    """A base model that predicts the velocity of a flow."""

    @property
    def schedule(self) -> FlowSchedule:
        """The flow with the shift of the folder's scheduler."""
        return self.scheduler

    @property
    def lora_components(self) -> tuple[str, ...]:
        """The two transformers of Wan 2.2."""
        return ("transformer", "transformer_2") if isinstance(self.network, WanTransformerPair) else ()

    @property
    def _time_factor(self) -> int:
        """Frames per latent frame after the first."""
        return self.vae.config.scale_factor_temporal

    def latent_size(self, size: VideoSize) -> LatentSize:
        """The shape of a video's latents. Raises Unsuitable unless the size divides into latents and patches."""
        if size.num_frames < 1 or size.height < 1 or size.width < 1:
            raise Unsuitable(f"a video needs at least one frame and one pixel, not {tuple(size)}")
        if (size.num_frames - 1) % self._time_factor:
            raise Unsuitable(f"{FAMILY} needs 1 + n * {self._time_factor} frames, not {size.num_frames}")
        side, (_, *patch) = self.vae.config.scale_factor_spatial, self.network.config["patch_size"]
        for name, pixels, cells in (("height", size.height, patch[0]), ("width", size.width, patch[1])):
            if pixels % (side * cells):
                raise Unsuitable(f"{name} must be a multiple of {side * cells}, not {pixels}")
        num_frames = 1 + (size.num_frames - 1) // self._time_factor
        return LatentSize(self.vae.config.z_dim, num_frames, size.height // side, size.width // side)

    @torch.no_grad()
    def encode_text(self, prompts: list[str]) -> Tensor:
        """Text embeddings B x S x D in float32, zero after the last token of a prompt."""
        tokens = self.tokenizer(
            [" ".join(prompt.split()) for prompt in prompts], padding="max_length", max_length=_NUM_TOKENS,
            truncation=True, return_attention_mask=True, return_tensors="pt",
        )  # fmt: skip
        ids, mask = tokens.input_ids.to(self.device), tokens.attention_mask.to(self.device)
        with self.offload.on_device(self.text_encoder):
            text_BSD = self.text_encoder(ids, mask).last_hidden_state.float()
        return text_BSD * mask.unsqueeze(-1)

    def predict(self, noisy_BCFHW: Tensor, timestep: Tensor, text_BSD: Tensor) -> Tensor:
        """The velocity B x C x F x H x W in float32; `timestep` is a scalar or has one value per sample."""
        timestep_B = timestep.to(noisy_BCFHW.device).expand(len(noisy_BCFHW))
        text_BSD = text_BSD.expand(len(noisy_BCFHW), -1, -1).to(self.dtype)
        return self.network(noisy_BCFHW.to(self.dtype), timestep_B, text_BSD, return_dict=False)[0].float()

    def temporal_bypass(self) -> AbstractContextManager[None]:
        """Raises SpatialPathUnsupported."""
        raise SpatialPathUnsupported(
            f"{FAMILY} has joint attention over space and time, so there is no temporal layer to skip"
        )

    @contextmanager
    def gradient_checkpointing(self) -> Generator[None]:
        """Diffusers' gradient checkpointing of every transformer block is on inside the block."""
        transformers = [module for module in self.network.modules() if isinstance(module, WanTransformer3DModel)]
        before = [
            {name: value for name, value in transformer.__dict__.items() if name in _CHECKPOINTING_ATTRIBUTES}
            for transformer in transformers
        ]
        try:
            for transformer in transformers:
                transformer.enable_gradient_checkpointing()
            yield
        finally:
            for transformer, attributes in zip(transformers, before, strict=True):
                _restore(transformer, attributes)

    @torch.no_grad()
    def encode_clip(self, frames_THWX: Frames, num_frames: int) -> Tensor:
        """The latents of evenly spaced windows: windows x C x F x H x W."""
        last = len(frames_THWX) - num_frames
        starts = np.linspace(0, last, min(last + 1, _MAX_WINDOWS)).round().astype(int)
        with self.offload.on_device(self.vae):
            return torch.cat([self._encode(frames_THWX[start : start + num_frames]) for start in starts])

    def _encode(self, frames_FHWX: Frames) -> Tensor:
        pixels = torch.from_numpy(np.ascontiguousarray(frames_FHWX)).permute(3, 0, 1, 2).unsqueeze(0)
        latents = self.vae.encode(pixels.to(self.device, self.vae.dtype) / 127.5 - 1.0).latent_dist.mode()
        mean, std = self._statistics(latents)
        return ((latents - mean) / std).float()

    def _statistics(self, latents: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and standard deviation of each latent channel, by which the network's latents are normalised."""
        config = self.vae.config
        channels = (config.latents_mean, config.latents_std)
        mean, std = (torch.tensor(values).view(1, -1, 1, 1, 1).to(latents) for values in channels)
        return mean, std

    def num_windows(self, clip: Tensor, num_frames: int) -> int:
        """The number of encoded windows; 0 if they have another length."""
        return len(clip) if clip.shape[2] == 1 + (num_frames - 1) // self._time_factor else 0

    def window(self, clip: Tensor, index: int, num_frames: int) -> Tensor:  # noqa: ARG002 - windows are encoded with their length
        """The window C x F x H x W with this index."""
        return clip[index]

    @torch.no_grad()
    def decode_latents(self, latents_BCFHW: Tensor) -> Frames:
        """RGB bytes B x F x H x W x 3; videos are decoded one by one."""
        with self.offload.on_device(self.vae):
            return np.concatenate([self._decode(latents) for latents in latents_BCFHW.split(1)])

    def _decode(self, latents_BCFHW: Tensor) -> Frames:
        latents_BCFHW = latents_BCFHW.to(self.vae.dtype)
        mean, std = self._statistics(latents_BCFHW)
        pixels = self.vae.decode(latents_BCFHW * std + mean).sample.float()
        return ((pixels + 1.0) * 127.5).round().clamp(0, 255).to(torch.uint8).permute(0, 2, 3, 4, 1).cpu().numpy()


def load(folder: Path, *, device: torch.device | str = "cpu", dtype: torch.dtype = torch.float32) -> WanBundle:
    """Load a base model, frozen and in evaluation mode. Raises NotABaseModel."""
    folder, device = Path(folder), torch.device(device)
    classes = _CLASSES | _SECOND_TRANSFORMER if base_folder.component_class(folder, "transformer_2") else _CLASSES
    base_folder.check_components(folder, classes)
    with components.translate_loading_errors("scheduler"):
        flow = FlowSchedule.from_config(components.read_scheduler_config(folder / "scheduler"))
    network = _network(folder, flow, dtype, paired="transformer_2" in classes)
    vae = components.load_model(AutoencoderKLWan, folder / "vae", torch.float32)
    text_encoder = components.load_text_encoder(UMT5EncoderModel, folder / "text_encoder", dtype)
    _check_dimensions(network, vae, text_encoder)
    return WanBundle(
        network=network.to(device),
        vae=vae.to(device),
        text_encoder=text_encoder.to(device),
        tokenizer=components.load_tokenizer(AutoTokenizer, folder / "tokenizer"),
        scheduler=flow,
        device=device,
        offload=Offload(device),
        **base_folder.read_identity(folder, "wan", classes),
    )


def _network(folder: Path, flow: FlowSchedule, dtype: torch.dtype, *, paired: bool) -> Any:
    """The transformer, or the two transformers as one network."""
    first = components.load_model(WanTransformer3DModel, folder / "transformer", dtype)
    if not paired:
        return first
    boundary = _boundary(folder, flow)
    second = components.load_model(WanTransformer3DModel, folder / "transformer_2", dtype)
    differing = sorted(key for key, value in first.config.items() if key[0] != "_" and second.config.get(key) != value)
    if differing:
        raise NotABaseModel(f"transformer_2: {', '.join(differing)} differs from the first transformer")
    return WanTransformerPair(first, second, boundary=boundary).eval()


def _boundary(folder: Path, flow: FlowSchedule) -> float:
    """The lowest timestep of the first of two transformers."""
    ratio: Any = base_folder.read_index(folder).get("boundary_ratio")
    if not isinstance(ratio, float) or not 0.0 < ratio < 1.0:
        raise NotABaseModel(f"{folder}: two transformers need a boundary_ratio between 0 and 1, not {ratio}")
    return ratio * flow.num_train_timesteps


def _restore(module: nn.Module, attributes: Mapping[str, Any]) -> None:
    """Restore a module's gradient checkpointing attributes; remove those that it did not have."""
    for name in _CHECKPOINTING_ATTRIBUTES:
        module.__dict__.pop(name, None)
    module.__dict__.update(attributes)


def _check_dimensions(network: Any, vae: Any, text_encoder: Any) -> None:
    width, expected = text_encoder.config.d_model, network.config.text_dim
    if width != expected:
        raise NotABaseModel(f"text_encoder: embeddings are {width} wide and the transformer reads {expected}")
    channels = network.config.in_channels
    if vae.config.z_dim != channels:
        raise NotABaseModel(f"vae: {vae.config.z_dim} latent channels and the transformer reads {channels}")
