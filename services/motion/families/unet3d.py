"""The `unet3d` family: any diffusers-layout folder of a `UNet3DConditionModel` (METHOD 1 and 9).

ZeroScope v2, ModelScope 1.7b and the bundled base are of this family.
"""

from collections.abc import Generator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKL, UNet3DConditionModel
from diffusers.models.resnet import TemporalConvLayer
from diffusers.models.transformers.transformer_temporal import TransformerTemporalModel
from torch import Tensor, nn
from transformers import CLIPTextModel, CLIPTokenizer

from services.motion.compute.offload import Offload
from services.motion.families import components, skips
from services.motion.families import folder as base_folder
from services.motion.families.protocol import Targets
from services.motion.families.unet import UNetBundle, attend_plainly, check_fit, forward, same, targets
from services.motion.schedules import diffusion

FAMILY: str = "unet3d"
NETWORKS: tuple[type[nn.Module], ...] = (UNet3DConditionModel,)
TARGETS: Mapping[str, Targets] = targets(TransformerTemporalModel)
_CLASSES = {
    "unet": "UNet3DConditionModel", "vae": "AutoencoderKL", "text_encoder": "CLIPTextModel", "tokenizer": None,
    "scheduler": None,
}  # fmt: skip


class UNet3DBundle(UNetBundle):
    """A base with temporal convolutions and temporal attention without frame positions."""

    def temporal_bypass(self) -> AbstractContextManager[None]:
        """Every temporal layer is skipped inside the block."""
        return temporal_bypass(self.network)


def load(folder: Path, *, device: torch.device | str = "cpu", dtype: torch.dtype = torch.float32) -> UNet3DBundle:
    """Load a base model for customising and sampling, frozen and in evaluation mode.

    Raises NotABaseModel, which names what is missing or wrong.
    """
    folder, device = Path(folder), torch.device(device)
    base_folder.check(folder, _CLASSES)
    unet = components.model(UNet3DConditionModel, folder / "unet", dtype)
    vae = components.model(AutoencoderKL, folder / "vae", torch.float32)
    text_encoder = components.text_encoder(CLIPTextModel, folder / "text_encoder", dtype)
    check_fit(unet, vae, text_encoder)
    with components.translated("scheduler"):
        scheduler = diffusion.from_config(components.scheduler_config(folder / "scheduler"))
    _skip_identity_convolutions(unet)
    attend_plainly(unet, device)
    return UNet3DBundle(
        network=unet.to(device),
        vae=vae.to(device),
        text_encoder=text_encoder.to(device),
        tokenizer=components.tokenizer(CLIPTokenizer, folder / "tokenizer"),
        scheduler=scheduler,
        family=FAMILY,
        device=device,
        offload=Offload(device),
        **base_folder.identity(folder, _CLASSES),
    )


def _same_tuple(hidden_states: Tensor, **_options: Any) -> tuple[Tensor]:
    return (hidden_states,)


def _skip_identity_convolutions(unet: nn.Module) -> None:
    """Do not compute temporal convolutions whose last layer is zero: frozen, they add nothing."""
    for module in unet.modules():
        if isinstance(module, TemporalConvLayer):
            last: Any = module.conv4[-1]
            if not (last.weight.any() or last.bias.any()):
                module.forward = same


@contextmanager
def temporal_bypass(network: nn.Module) -> Generator[None]:
    """Skip every temporal layer inside the block: what a single frame goes through (METHOD 5 and 8)."""
    with ExitStack() as stack:
        for module in network.modules():
            if isinstance(module, TemporalConvLayer):
                stack.enter_context(forward(module, same))
            elif isinstance(module, TransformerTemporalModel):
                stack.enter_context(forward(module, _same_tuple))
        yield


def highway(network: nn.Module, mode: str, gain: float) -> AbstractContextManager[None]:
    """Skips that start before the temporal attention (METHOD 3)."""
    return skips.highway(network, mode, gain, temporal="temp_attentions")
