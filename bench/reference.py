"""The plain reference: training and sampling written with diffusers and peft only.

Suffixes: B batch, C channels, F frames, H height, W width, K captions, S tokens, D width of the text embedding.
"""
# pyright: reportPrivateImportUsage=false, reportUnknownMemberType=false, reportArgumentType=false
# torch, diffusers and peft are largely untyped: the rules of services/motion, for the one file here that calls them.

import math
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 - the field's own convention
from diffusers import UNet3DConditionModel
from peft import LoraConfig, inject_adapter_in_model
from torch import Tensor, nn

from services.motion.compute.offload import Offload
from services.motion.families import base_folder
from services.motion.families.unet3d import FAMILY, UNet3DBundle
from services.motion.schedules import diffusion
from shared.families import FAMILIES
from shared.schemas.training import TrainingRecipe

ZEROSCOPE: dict[str, Any] = {"sample_size": 32, "attention_head_dim": 64, "cross_attention_dim": 1024}
"""cerspense/zeroscope_v2_576w, where it differs from the defaults of the class."""
_SCHEDULE = {
    "_class_name": "DDIMScheduler", "beta_schedule": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012,
    "clip_sample": False, "prediction_type": "epsilon",
}  # fmt: skip
_NUM_TOKENS = 77


def load_network(base: Path, device: torch.device, dtype: torch.dtype) -> nn.Module:
    """The base's U-Net, frozen, with the library's own choice of attention."""
    network: Any = UNet3DConditionModel.from_pretrained(
        base / "unet", torch_dtype=dtype, variant=base_folder.weights_variant(base / "unet")
    )
    return network.requires_grad_(False).eval().to(device)  # noqa: FBT003 - torch's own signature


def random_network(device: torch.device, dtype: torch.dtype) -> nn.Module:
    """ZeroScope's U-Net at random weights, made on the device."""
    torch.manual_seed(0)
    with device:
        network: Any = UNet3DConditionModel(**ZEROSCOPE)
    return network.requires_grad_(False).eval().to(dtype)  # noqa: FBT003 - torch's own signature


class _RandomBundle(UNet3DBundle):
    """A base that is its network alone: text is noise and there are no pictures."""

    @property
    def vae_factor(self) -> int:
        return 8

    def encode_text(self, prompts: list[str]) -> Tensor:
        generator = torch.Generator().manual_seed(len(prompts))
        width = self.unet.config["cross_attention_dim"]
        return torch.randn((len(prompts), _NUM_TOKENS, width), generator=generator).to(self.device)


def random_bundle(device: torch.device, dtype: torch.dtype) -> UNet3DBundle:
    """The engine's view of that network."""
    return _RandomBundle(
        network=random_network(device, dtype),
        vae=nn.Identity(),
        text_encoder=nn.Identity(),
        tokenizer=None,
        scheduler=diffusion.from_config(_SCHEDULE),
        family=FAMILY,
        revision="random",
        content_hash="random",
        limits=FAMILIES["unet3d"].limits,
        device=device,
        offload=Offload(device),
    )


def train(
    network: nn.Module,
    scheduler: Any,
    clip_BCFHW: Tensor,
    text_KSD: Tensor,
    *,
    recipe: TrainingRecipe,
    target_modules: Sequence[str],
    dtype: torch.dtype,
    tick: Callable[[], None],
) -> None:
    """`recipe.steps` steps on one clip, with `tick` after each."""
    config = LoraConfig(
        r=recipe.rank, lora_alpha=recipe.alpha, lora_dropout=recipe.dropout, target_modules=list(target_modules),
        init_lora_weights="gaussian",
    )  # fmt: skip
    network = inject_adapter_in_model(config, network)
    parameters = [parameter for parameter in network.parameters() if parameter.requires_grad]
    for parameter in parameters:
        parameter.data = parameter.data.float()
    optimizer = torch.optim.AdamW(parameters, lr=recipe.learning_rate, weight_decay=recipe.weight_decay)
    clip_BCFHW = clip_BCFHW.expand(recipe.batch_size, -1, -1, -1, -1)
    text_BSD = text_KSD.expand(recipe.batch_size, -1, -1)
    for _ in range(recipe.steps):
        loss = _loss(network, scheduler, clip_BCFHW, text_BSD, dtype)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        loss.item()
        tick()


def sample(
    network: nn.Module,
    scheduler: Any,
    latents_BCFHW: Tensor,
    text_BSD: Tensor,
    *,
    scale: float,
    dtype: torch.dtype,
    tick: Callable[[], None],
) -> None:
    """Every step of the scheduler with classifier-free guidance, with `tick` after each.

    `text_BSD` is the empty prompt's and then the prompt's.
    """
    device, weights = latents_BCFHW.device, next(network.parameters()).dtype
    for timestep in scheduler.timesteps:
        both_BCFHW = torch.cat([latents_BCFHW] * 2).to(weights)
        with _computing(dtype, device):
            pred = network(both_BCFHW, timestep, encoder_hidden_states=text_BSD.to(weights)).sample.float()
        plain, prompted = pred.chunk(2)
        latents_BCFHW = scheduler.step(plain + scale * (prompted - plain), timestep, latents_BCFHW).prev_sample
        tick()


def _computing(dtype: torch.dtype, device: torch.device) -> AbstractContextManager[Any]:
    return nullcontext() if dtype == torch.float32 else torch.autocast(device.type, dtype=dtype)


def _loss(network: nn.Module, scheduler: Any, clip_BCFHW: Tensor, text_BSD: Tensor, dtype: torch.dtype) -> Tensor:
    """The appearance-debiased loss at random timesteps (docs/method.md, section 5)."""
    batch, _, num_frames, _, _ = clip_BCFHW.shape
    device, weights = clip_BCFHW.device, next(network.parameters()).dtype
    timestep_B = torch.randint(scheduler.config["num_train_timesteps"], (batch,), device=device)
    noise = torch.randn(clip_BCFHW.shape, device=device)
    noisy = scheduler.add_noise(clip_BCFHW, noise, timestep_B)
    with _computing(dtype, device):
        pred = network(noisy.to(weights), timestep_B, encoder_hidden_states=text_BSD.to(weights)).sample.float()
    target = noise
    if scheduler.config["prediction_type"] == "v_prediction":
        target = scheduler.get_velocity(clip_BCFHW, noise, timestep_B)
    anchor_B, row_B = torch.randint(num_frames, (batch,), device=device), torch.arange(batch, device=device)

    def debiased(video: Tensor) -> Tensor:
        return math.sqrt(2.0) * video - video[row_B, :, anchor_B].unsqueeze(2)

    return F.mse_loss(pred, target) + F.mse_loss(debiased(pred), debiased(target))
