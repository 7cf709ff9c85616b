"""The `unet3d` family: folders with a `UNet3DConditionModel` (docs/method.md, sections 1 and 9).

ZeroScope v2, ModelScope 1.7b and the bundled base model belong to it.
"""

from collections.abc import Generator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any

import torch
from diffusers import UNet3DConditionModel
from diffusers.models.resnet import TemporalConvLayer
from diffusers.models.transformers.transformer_temporal import TransformerTemporalModel
from torch import Tensor, nn

from services.motion.families import base_folder, components
from services.motion.families.protocol import Targets
from services.motion.families.unet import (
    UNetBundle,
    identity_forward,
    load_parts,
    preset_targets,
    replaced_forward,
)
from services.motion.schedules import diffusion

FAMILY: str = "unet3d"
NETWORKS: tuple[type[nn.Module], ...] = (UNet3DConditionModel,)
TARGETS: Mapping[str, Targets] = preset_targets(TransformerTemporalModel)
TEMPORAL_LAYERS: str | None = "temp_attentions"
_CLASSES = {
    "unet": "UNet3DConditionModel", "vae": "AutoencoderKL", "text_encoder": "CLIPTextModel", "tokenizer": None,
    "scheduler": None,
}  # fmt: skip


class UNet3DBundle(UNetBundle):
    """A base model with temporal convolutions, and temporal attention without frame positions."""

    def temporal_bypass(self) -> AbstractContextManager[None]:
        """Temporal convolutions and temporal attention are skipped inside the block."""
        return temporal_bypass(self.network)


def load(folder: Path, *, device: torch.device | str = "cpu", dtype: torch.dtype = torch.float32) -> UNet3DBundle:
    """Load a base model, frozen and in evaluation mode. Raises NotABaseModel."""
    folder, device = Path(folder), torch.device(device)
    base_folder.check_components(folder, _CLASSES)
    unet = components.load_model(UNet3DConditionModel, folder / "unet", dtype)
    with components.translate_loading_errors("scheduler"):
        scheduler = diffusion.from_config(components.read_scheduler_config(folder / "scheduler"))
    _skip_identity_convolutions(unet)
    return UNet3DBundle(
        **load_parts(folder, unet, dtype, device),
        scheduler=scheduler,
        **base_folder.read_identity(folder, "unet3d", _CLASSES),
    )


def _identity_tuple(hidden_states: Tensor, **_options: Any) -> tuple[Tensor]:
    return (hidden_states,)


def _skip_identity_convolutions(unet: nn.Module) -> None:
    """Skip temporal convolutions whose last layer is zero: they add zero, and they are frozen."""
    for module in unet.modules():
        if isinstance(module, TemporalConvLayer):
            last: Any = module.conv4[-1]
            if not (last.weight.any() or last.bias.any()):
                module.forward = identity_forward


@contextmanager
def temporal_bypass(network: nn.Module) -> Generator[None]:
    """Skip all temporal layers inside the block (docs/method.md, sections 5 and 8)."""
    with ExitStack() as stack:
        for module in network.modules():
            if isinstance(module, TemporalConvLayer):
                stack.enter_context(replaced_forward(module, identity_forward))
            elif isinstance(module, TransformerTemporalModel):
                stack.enter_context(replaced_forward(module, _identity_tuple))
        yield
