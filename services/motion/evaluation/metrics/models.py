"""Metric models from local folders in transformers layout, and their image preprocessing.

Suffixes: N images, C colour first, H height, W width, X colour last.
"""

import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from services.motion.errors import NotAMetricModel
from services.motion.evaluation.metrics.registry import Frames
from services.motion.video import resize

PREPROCESSOR = "preprocessor_config.json"
_MEAN, _STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
"""The preprocessing of CLIP, if the folder has no configuration."""


def load(kind: Any, folder: Path, device: torch.device) -> Any:
    """A model of this class in float32, in evaluation mode. Raises NotAMetricModel."""
    stated = _read(folder / "config.json").get("model_type")
    if stated != kind.config_class.model_type:
        raise NotAMetricModel(f"{folder} is a {stated}, not a {kind.config_class.model_type}")
    try:
        return kind.from_pretrained(folder, dtype=torch.float32, local_files_only=True).to(device).eval()
    except (OSError, ValueError, RuntimeError) as error:
        raise NotAMetricModel(f"{folder}: {error}") from error


def load_tokenizer(kind: Any, folder: Path) -> Any:
    """The folder's tokenizer. Raises NotAMetricModel."""
    try:
        return kind.from_pretrained(folder, local_files_only=True)
    except (OSError, ValueError) as error:
        raise NotAMetricModel(f"{folder}: {error}") from error


class ImagePreprocessor(NamedTuple):
    """Preprocessing of a model's images: square, normalised."""

    size: int
    mean: tuple[float, ...] = _MEAN
    std: tuple[float, ...] = _STD

    @classmethod
    def of(cls, folder: Path, size: int) -> "ImagePreprocessor":
        """The folder's preprocessor. Raises NotAMetricModel if it cannot be read."""
        stated = _read(folder / PREPROCESSOR) if (folder / PREPROCESSOR).is_file() else {}
        return cls(size, tuple(stated.get("image_mean", _MEAN)), tuple(stated.get("image_std", _STD)))

    def preprocess(self, images_NHWX: Frames) -> Tensor:
        """Images N x C x size x size: the shorter side is resized, then the centre is cropped."""
        fit_NHWX = np.stack([resize(picture, height=self.size, width=self.size) for picture in images_NHWX])
        pixels_NHWX = (fit_NHWX / 255.0 - np.array(self.mean)) / np.array(self.std)
        return torch.from_numpy(pixels_NHWX).permute(0, 3, 1, 2).float()


def _read(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise NotAMetricModel(f"{path}: {error}") from error
    if not isinstance(value, dict):
        raise NotAMetricModel(f"{path} is not a JSON object")
    return value
