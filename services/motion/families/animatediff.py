"""The `animatediff` family: Stable Diffusion 1.5 with AnimateDiff's motion modules (docs/method.md, section 9).

The folder's `unet` is a `UNetMotionModel`, or the `UNet2DConditionModel` of an image model with a `MotionAdapter` in
`motion_adapter/`.
"""

from collections.abc import Generator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any

import torch
from diffusers import MotionAdapter, UNet2DConditionModel, UNetMotionModel
from diffusers.models.unets.unet_motion_model import AnimateDiffTransformer3D
from torch import Tensor, nn

from services.motion.errors import Unsuitable
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
from services.motion.shapes import LatentSize, VideoSize
from shared.families import MOTION_ADAPTER

FAMILY: str = "animatediff"
NETWORKS: tuple[type[nn.Module], ...] = (UNetMotionModel,)
TARGETS: Mapping[str, Targets] = preset_targets(AnimateDiffTransformer3D)
TEMPORAL_LAYERS: str | None = "motion_modules"
_OTHERS = {"vae": "AutoencoderKL", "text_encoder": "CLIPTextModel", "tokenizer": None, "scheduler": None}
_MOTION_UNET = {"unet": "UNetMotionModel"} | _OTHERS
_IMAGE_UNET = {"unet": "UNet2DConditionModel"} | _OTHERS
_MOTION_SCHEDULER = {
    "beta_schedule": "linear", "timestep_spacing": "linspace", "steps_offset": 1, "clip_sample": False,
}  # fmt: skip
"""The noise schedule of the motion modules' training; the folder's own is the image model's."""


class AnimateDiffBundle(UNetBundle):
    """A base model whose temporal attention has frame positions, which limit the number of frames."""

    def latent_size(self, size: VideoSize) -> LatentSize:
        """Raises Unsuitable also for more frames than the motion modules have positions."""
        longest = self.unet.config["motion_max_seq_length"]
        if size.num_frames > longest:
            raise Unsuitable(f"the motion modules support {longest} frames at most, not {size.num_frames}")
        return super().latent_size(size)

    def predict(self, noisy_BCFHW: Tensor, timestep: Tensor, text_BSD: Tensor) -> Tensor:
        """The network's prediction; the network takes the text embedding once per frame."""
        return super().predict(noisy_BCFHW, timestep, text_BSD.repeat_interleave(noisy_BCFHW.shape[2], dim=0))

    def temporal_bypass(self) -> AbstractContextManager[None]:
        """The motion modules are skipped inside the block."""
        return temporal_bypass(self.network)


def load(folder: Path, *, device: torch.device | str = "cpu", dtype: torch.dtype = torch.float32) -> AnimateDiffBundle:
    """Load a base model, frozen and in evaluation mode. Raises NotABaseModel."""
    folder, device = Path(folder), torch.device(device)
    assembled = (
        base_folder.has_motion_adapter(folder) and base_folder.component_class(folder, "unet") == _IMAGE_UNET["unet"]
    )
    classes = _IMAGE_UNET if assembled else _MOTION_UNET
    base_folder.check_components(folder, classes)
    unet = _assemble(folder, dtype) if assembled else components.load_model(UNetMotionModel, folder / "unet", dtype)
    return AnimateDiffBundle(
        **load_parts(folder, unet, dtype, device),
        scheduler=_scheduler(folder, _MOTION_SCHEDULER if assembled else {}),
        **base_folder.read_identity(folder, "animatediff", [*classes, MOTION_ADAPTER] if assembled else classes),
    )


def _assemble(folder: Path, dtype: torch.dtype) -> Any:
    """The image model's U-Net with the motion modules inserted."""
    image_unet = components.load_model(UNet2DConditionModel, folder / "unet", dtype)
    base_folder.check_component(folder, MOTION_ADAPTER, "MotionAdapter")
    adapter = components.load_model(MotionAdapter, folder / MOTION_ADAPTER, dtype)
    with components.translate_loading_errors(MOTION_ADAPTER):
        return components.freeze(nn.Module.to(UNetMotionModel.from_unet2d(image_unet, adapter), dtype))


def _scheduler(folder: Path, changes: Mapping[str, Any]) -> Any:
    with components.translate_loading_errors("scheduler"):
        return diffusion.from_config(components.read_scheduler_config(folder / "scheduler") | changes)


@contextmanager
def temporal_bypass(network: nn.Module) -> Generator[None]:
    """Skip all motion modules inside the block; the rest is the image model (docs/method.md, sections 5 and 8)."""
    with ExitStack() as stack:
        for module in network.modules():
            if isinstance(module, AnimateDiffTransformer3D):
                stack.enter_context(replaced_forward(module, identity_forward))
        yield
