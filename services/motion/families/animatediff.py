"""The `animatediff` family: Stable Diffusion 1.5's layout with AnimateDiff's motion modules (METHOD 9).

The folder's `unet` is a `UNetMotionModel`, or it is an image model's `UNet2DConditionModel` and a `MotionAdapter` lies
beside it in `motion_adapter/`.
"""

from collections.abc import Generator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKL, MotionAdapter, UNet2DConditionModel, UNetMotionModel
from diffusers.models.unets.unet_motion_model import AnimateDiffTransformer3D
from torch import Tensor, nn
from transformers import CLIPTextModel, CLIPTokenizer

from services.motion.compute.offload import Offload
from services.motion.errors import Unsuitable
from services.motion.families import components, skips
from services.motion.families import folder as base_folder
from services.motion.families.protocol import Targets
from services.motion.families.unet import UNetBundle, attend_plainly, check_fit, forward, same, targets
from services.motion.schedules import diffusion
from services.motion.shapes import LatentSize, VideoSize
from shared.families import MOTION_ADAPTER

FAMILY: str = "animatediff"
NETWORKS: tuple[type[nn.Module], ...] = (UNetMotionModel,)
TARGETS: Mapping[str, Targets] = targets(AnimateDiffTransformer3D)
_BESIDE = {"vae": "AutoencoderKL", "text_encoder": "CLIPTextModel", "tokenizer": None, "scheduler": None}
_WHOLE = {"unet": "UNetMotionModel"} | _BESIDE
_ASSEMBLED = {"unet": "UNet2DConditionModel"} | _BESIDE
_MOTION_SCHEDULE = {
    "beta_schedule": "linear", "timestep_spacing": "linspace", "steps_offset": 1, "clip_sample": False,
}  # fmt: skip
"""The schedule that motion modules are trained on, where the folder's own is the image model's."""


class AnimateDiffBundle(UNetBundle):
    """A base whose temporal attention has frame positions, and so a longest video."""

    def latent_size(self, size: VideoSize) -> LatentSize:
        """Raises Unsuitable also for more frames than the motion modules have positions for."""
        longest = self.unet.config["motion_max_seq_length"]
        if size.num_frames > longest:
            raise Unsuitable(f"the motion modules know {longest} frames at most, not {size.num_frames}")
        return super().latent_size(size)

    def predict(self, noisy_BCFHW: Tensor, timestep: Tensor, text_BSD: Tensor) -> Tensor:
        """The network's prediction; it wants the text once for each frame."""
        return super().predict(noisy_BCFHW, timestep, text_BSD.repeat_interleave(noisy_BCFHW.shape[2], dim=0))

    def temporal_bypass(self) -> AbstractContextManager[None]:
        """Every motion module is skipped inside the block."""
        return temporal_bypass(self.network)


def load(folder: Path, *, device: torch.device | str = "cpu", dtype: torch.dtype = torch.float32) -> AnimateDiffBundle:
    """Load a base model for customising and sampling, frozen and in evaluation mode.

    Raises NotABaseModel, which names what is missing or wrong.
    """
    folder, device = Path(folder), torch.device(device)
    assembled = base_folder.has_motion_adapter(folder) and base_folder.class_of(folder, "unet") == _ASSEMBLED["unet"]
    classes = _ASSEMBLED if assembled else _WHOLE
    base_folder.check(folder, classes)
    unet = _assemble(folder, dtype) if assembled else components.model(UNetMotionModel, folder / "unet", dtype)
    vae = components.model(AutoencoderKL, folder / "vae", torch.float32)
    text_encoder = components.text_encoder(CLIPTextModel, folder / "text_encoder", dtype)
    check_fit(unet, vae, text_encoder)
    attend_plainly(unet, device)
    return AnimateDiffBundle(
        network=unet.to(device),
        vae=vae.to(device),
        text_encoder=text_encoder.to(device),
        tokenizer=components.tokenizer(CLIPTokenizer, folder / "tokenizer"),
        scheduler=_scheduler(folder, _MOTION_SCHEDULE if assembled else {}),
        family=FAMILY,
        device=device,
        offload=Offload(device),
        **base_folder.identity(folder, [*classes, MOTION_ADAPTER] if assembled else classes),
    )


def _assemble(folder: Path, dtype: torch.dtype) -> Any:
    """The image model's U-Net with the motion modules between its layers."""
    image_unet = components.model(UNet2DConditionModel, folder / "unet", dtype)
    base_folder.check_part(folder, MOTION_ADAPTER, "MotionAdapter")
    adapter = components.model(MotionAdapter, folder / MOTION_ADAPTER, dtype)
    with components.translated(MOTION_ADAPTER):
        return components.settle(nn.Module.to(UNetMotionModel.from_unet2d(image_unet, adapter), dtype))


def _scheduler(folder: Path, changes: Mapping[str, Any]) -> Any:
    with components.translated("scheduler"):
        return diffusion.from_config(components.scheduler_config(folder / "scheduler") | changes)


@contextmanager
def temporal_bypass(network: nn.Module) -> Generator[None]:
    """Skip every motion module inside the block: what is left is the image model (METHOD 5 and 8)."""
    with ExitStack() as stack:
        for module in network.modules():
            if isinstance(module, AnimateDiffTransformer3D):
                stack.enter_context(forward(module, same))
        yield


def highway(network: nn.Module, mode: str, gain: float) -> AbstractContextManager[None]:
    """Skips that start before the motion module (METHOD 3).

    That is at the spatial attention's output, and at the resnet's in a block without spatial attention, which only
    `full` reaches.
    """
    return skips.highway(network, mode, gain, temporal="motion_modules")
