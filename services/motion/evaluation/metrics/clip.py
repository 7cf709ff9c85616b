"""CLIP from a local folder: embeddings of images and texts (docs/method.md, section 11).

Suffixes: N images or texts, F frames, C colour first, H height, W width, X colour last, D dimensions.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from transformers import AutoTokenizer, CLIPModel

from services.motion.evaluation.metrics import models
from services.motion.evaluation.metrics.embedding import EmbeddingMetrics
from services.motion.evaluation.metrics.registry import Column, EvaluationInput, Frames

Floats = NDArray[np.float64]

BATCH = 32
"""Images per forward pass."""


class Clip:
    """A CLIP model on `device`."""

    name = "clip"

    def __init__(self, folder: Path, device: torch.device) -> None:
        """Raises NotAMetricModel if the folder has no CLIP."""
        self._device = device
        # in float32 whatever the file stores: mixed dtypes fail (docs/method.md, section 8)
        self._model = models.load(CLIPModel, folder, device)
        self._tokenizer = models.load_tokenizer(AutoTokenizer, folder)
        self._eye = models.ImagePreprocessor.of(folder, self._model.config.vision_config.image_size)
        self.how = f"CLIP ({folder.name})"

    @torch.no_grad()
    def images(self, images_NHWX: Frames) -> Floats:
        """Unit vectors N x D of images."""
        batches = (images_NHWX[at : at + BATCH] for at in range(0, len(images_NHWX), BATCH))
        return np.concatenate([self._images(batch) for batch in batches])

    def _images(self, images_NHWX: Frames) -> Floats:
        pixels_NCHW = self._eye.preprocess(images_NHWX).to(self._device)
        return _vectors(self._model.get_image_features(pixel_values=pixels_NCHW))

    @torch.no_grad()
    def texts(self, texts: list[str]) -> Floats:
        """Unit vectors N x D of texts, truncated to the model's maximum length."""
        tokens = self._tokenizer(texts, padding=True, truncation=True, return_tensors="pt").to(self._device)
        return _vectors(self._model.get_text_features(tokens["input_ids"], attention_mask=tokens["attention_mask"]))


def _vectors(answer: Any) -> Floats:
    """Unit vectors from a transformers output: a tensor, or since version 5 an output object."""
    features_ND: Tensor = answer if isinstance(answer, Tensor) else answer.pooler_output
    features_ND = features_ND.double()
    return (features_ND / features_ND.norm(dim=-1, keepdim=True)).cpu().numpy()


def text_alignment(clip_FD: Floats, text_D: Floats) -> float:
    """The mean cosine of a clip's frames and its prompt; papers report it times 100."""
    return float((clip_FD @ text_D).mean())


class ClipMetrics(EmbeddingMetrics):
    """CLIP metrics: appearance metrics and text alignment."""

    def __init__(self, clip: Clip) -> None:
        super().__init__(clip)
        self._clip = clip

    def _text_columns(self, clips: Sequence[Floats], evaluation_input: EvaluationInput) -> list[Column]:
        texts_ND = self._clip.texts(list(evaluation_input.prompts))
        values = [text_alignment(clip_FD, text_D) for clip_FD, text_D in zip(clips, texts_ND, strict=True)]
        return [Column("text_alignment", self._clip.how, values)]
