"""Computes the GPU memory that a base model needs, from its architecture: no weights and no GPU are used.

The networks are built as fake tensors, which have shapes and no content. One denoising step with classifier-free
guidance, the decoding of one video and one training step with gradient checkpointing run on them, and the peak of all
tensors that are alive at once is counted, weights included. Sizes are the family's defaults (`shared/families.py`), the
network and the text encoder are bfloat16, the autoencoder is float32, as the engine loads them on a GPU.

CUDA's own memory and fragmentation come on top: about 1 GB.

    python -m bench.gpu_memory
"""
# pyright: reportPrivateImportUsage=false, reportUnknownMemberType=false, reportArgumentType=false
# torch, diffusers and transformers are largely untyped: the rules of services/motion, as in reference.py.

import weakref
from collections.abc import Callable
from typing import Any, NamedTuple
from unittest.mock import patch

import torch
from diffusers import AutoencoderKL, AutoencoderKLWan, UNet3DConditionModel, UNetMotionModel, WanTransformer3DModel
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.multiprocessing.reductions import StorageWeakRef
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_map_only
from transformers import CLIPTextConfig, CLIPTextModel, UMT5Config, UMT5EncoderModel

from bench.reference import ZEROSCOPE
from services.motion.families.animatediff import AnimateDiffBundle
from services.motion.families.protocol import Bundle
from services.motion.families.unet3d import UNet3DBundle
from services.motion.families.wan import WanBundle
from services.motion.method import adapters
from services.motion.shapes import VideoSize
from shared.families import FAMILIES, Family

GB = 1e9
CHUNK_PIXELS = 16 * 384 * 384
"""Pixels that go through an image autoencoder at once, as in `services/motion/families/unet.py`."""
STABLE_DIFFUSION_VAE: dict[str, Any] = {
    "block_out_channels": (128, 256, 512, 512), "layers_per_block": 2,
    "down_block_types": ("DownEncoderBlock2D",) * 4, "up_block_types": ("UpDecoderBlock2D",) * 4,
}  # fmt: skip
CLIP_H = {"hidden_size": 1024, "intermediate_size": 4096, "num_hidden_layers": 23, "num_attention_heads": 16}
CLIP_L = {"hidden_size": 768, "intermediate_size": 3072, "num_hidden_layers": 12, "num_attention_heads": 12}
UMT5_XXL = {
    "d_model": 4096, "d_ff": 10240, "num_layers": 24, "num_heads": 64, "d_kv": 64, "vocab_size": 256384,
}  # fmt: skip
WAN_1_3B = {"num_attention_heads": 12, "attention_head_dim": 128, "ffn_dim": 8960, "num_layers": 30}
WAN_14B = {"num_attention_heads": 40, "attention_head_dim": 128, "ffn_dim": 13824, "num_layers": 40}


class Architecture(NamedTuple):
    """The parts of a base model; `num_networks` is 2 for Wan 2.2, which keeps both of its transformers in memory."""

    name: str
    family: Family
    bundle: type[Bundle]
    network: Callable[[], nn.Module]
    vae: Callable[[], nn.Module]
    text_encoder: Callable[[], nn.Module]
    text: tuple[int, int]
    """Tokens and width of the text embedding."""
    num_networks: int = 1


def _unet_family(name: str, family: Family, bundle: type[Bundle], network: Any, clip: dict[str, int]) -> Architecture:
    return Architecture(
        name, family, bundle, network, lambda: AutoencoderKL(**STABLE_DIFFUSION_VAE),
        lambda: CLIPTextModel(CLIPTextConfig(**clip)), (77, clip["hidden_size"]),
    )  # fmt: skip


def _wan(name: str, config: dict[str, int], num_networks: int) -> Architecture:
    return Architecture(
        name, "wan", WanBundle, lambda: WanTransformer3DModel(**config), AutoencoderKLWan,
        lambda: UMT5EncoderModel(UMT5Config(**UMT5_XXL)), (512, 4096), num_networks,
    )  # fmt: skip


ARCHITECTURES = (
    _unet_family(
        "ZeroScope v2, ModelScope 1.7b", "unet3d", UNet3DBundle, lambda: UNet3DConditionModel(**ZEROSCOPE), CLIP_H
    ),
    _unet_family(
        "AnimateDiff v1-5-3 on SD 1.5", "animatediff", AnimateDiffBundle,
        lambda: UNetMotionModel(cross_attention_dim=768, use_motion_mid_block=False), CLIP_L,
    ),
    _wan("Wan2.1 1.3B", WAN_1_3B, 1),
    _wan("Wan2.2 A14B", WAN_14B, 2),
)  # fmt: skip


class Needs(NamedTuple):
    """Bytes; `generating` and `training` include the weights."""

    weights: int
    generating: int
    training: int


class Peak(TorchDispatchMode):
    """Counts the bytes of all tensors that are made inside the block, and their greatest sum."""

    def __init__(self, module: nn.Module) -> None:
        """`module` has the weights, which are not counted."""
        super().__init__()
        self.bytes = self.now = 0
        weights = [*module.parameters(), *module.buffers()]
        self._known = {StorageWeakRef(each.untyped_storage()) for each in weights}

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        tree_map_only(Tensor, self._count, result)
        return result

    def _count(self, tensor: Tensor) -> None:
        storage = tensor.untyped_storage()
        key, size = StorageWeakRef(storage), storage.nbytes()
        if key not in self._known:
            self._known.add(key)
            self.now += size
            self.bytes = max(self.bytes, self.now)
            weakref.finalize(storage, self._release, key, size)

    def _release(self, key: StorageWeakRef, size: int) -> None:
        self._known.discard(key)
        self.now -= size


def _weights(module: nn.Module) -> int:
    return sum(each.numel() * each.element_size() for each in [*module.parameters(), *module.buffers()])


def measure(architecture: Architecture) -> Needs:
    """Run the steps on fake tensors."""
    facts = FAMILIES[architecture.family]
    with FakeTensorMode(allow_non_fake_inputs=True):
        network = _made(architecture.network, torch.bfloat16)
        vae = _made(architecture.vae, torch.float32)
        text_encoder = _made(architecture.text_encoder, torch.bfloat16)
        networks, rest = architecture.num_networks * _weights(network), _weights(vae) + _weights(text_encoder)
        bundle = architecture.bundle.__new__(architecture.bundle)
        object.__setattr__(bundle, "network", network)  # it is frozen, and the rest of it is not needed
        size, text = _size(facts.generation), architecture.text
        denoising = _denoise(bundle, text, _latents(network, architecture.family, size, 2))
        decoding = _decode(vae, architecture.family, size, _latents(network, architecture.family, size, 1))
        size = _size(facts.training)
        encoding = _encode(vae, architecture.family, size)
        latents = _latents(network, architecture.family, size, 1)
        training = _train(bundle, text, latents, has_spatial_path=facts.supports_spatial_path)
    parts = networks + rest
    return Needs(parts, parts + max(denoising, decoding), max(networks + training, parts + encoding))


def _made(make: Callable[[], nn.Module], dtype: torch.dtype) -> nn.Module:
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        return make().requires_grad_(False).eval()  # noqa: FBT003 - torch's own signature
    finally:
        torch.set_default_dtype(before)


def _size(defaults: Any) -> VideoSize:
    return VideoSize(defaults["num_frames"], defaults["height"], defaults["width"])


def _latents(network: Any, family: Family, size: VideoSize, batch: int) -> Tensor:
    frames = 1 + (size.num_frames - 1) // 4 if family == "wan" else size.num_frames
    return torch.empty(batch, network.config["in_channels"], frames, size.height // 8, size.width // 8)


def _predict(bundle: Bundle, text: tuple[int, int], latents: Tensor) -> Tensor:
    with torch.autocast("cpu", dtype=torch.bfloat16):
        return bundle.predict(latents, torch.ones(len(latents)), torch.empty(len(latents), *text))


def _denoise(bundle: Bundle, text: tuple[int, int], latents: Tensor) -> int:
    with Peak(bundle.network) as peak, torch.no_grad():
        _predict(bundle, text, latents)
    return peak.bytes


def _decode(vae: Any, family: Family, size: VideoSize, latents: Tensor) -> int:
    if family != "wan":
        latents = latents.transpose(1, 2).flatten(0, 1)[: _num_frames_at_once(size)]
    with Peak(vae) as peak, torch.no_grad():
        vae.decode(latents).sample.float()
    return peak.bytes


def _num_frames_at_once(size: VideoSize) -> int:
    """Frames that the engine gives to an image autoencoder together."""
    return -(-size.num_frames // -(-size.num_frames * size.height * size.width // CHUNK_PIXELS))


def _encode(vae: Any, family: Family, size: VideoSize) -> int:
    num_frames = size.num_frames if family == "wan" else _num_frames_at_once(size)
    pixels = torch.empty(num_frames, 3, size.height, size.width)
    if family == "wan":
        pixels = pixels.transpose(0, 1).unsqueeze(0)
    with Peak(vae) as peak, torch.no_grad():
        vae.encode(pixels).latent_dist.mode()
    return peak.bytes


def _train(bundle: Bundle, text: tuple[int, int], latents: Tensor, *, has_spatial_path: bool) -> int:
    names = ["motion", "spatial_0"] if has_spatial_path else ["motion"]
    with Peak(bundle.network) as peak:
        with patch("torch.utils.swap_tensors"):  # peft moves adapters to the device that they are on; fakes refuse that
            for name in names:
                preset = "motion-director" if name == "motion" else adapters.SPATIAL
                adapters.attach(bundle.network, preset, rank=32, name=name)
        adapters.activate(bundle.network, names, trainable=["motion"])
        with bundle.gradient_checkpointing():
            _predict(bundle, text, latents).square().mean().backward()
        moments = 2 * sum(each.numel() * 4 for each in bundle.network.parameters() if each.dtype == torch.float32)
    return peak.bytes + moments


def main() -> None:
    """Print a table in GB."""
    print("| base model | weights | generating | training, with gradient checkpointing |\n|---|---|---|---|")
    for architecture in ARCHITECTURES:
        needs = measure(architecture)
        print(f"| {architecture.name} | " + " | ".join(f"{number / GB:.1f}" for number in needs) + " |", flush=True)


if __name__ == "__main__":
    main()
