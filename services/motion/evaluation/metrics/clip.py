"""CLIP from a local folder: pictures and words as vectors of one space (METHOD 11).

Suffixes: N pictures or texts, F frames, C colour first, H height, W width, X colour last, D dimensions.
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
from services.motion.evaluation.metrics.embedding import Looks
from services.motion.evaluation.metrics.registry import Column, EvaluationInput, Frames

Floats = NDArray[np.float64]

BATCH = 32
"""Pictures that go through the model at once."""


class Clip:
    """A CLIP; its weights stay on `device` as long as this lives."""

    name = "clip"

    def __init__(self, folder: Path, device: torch.device) -> None:
        """Raises NotAMetricModel when the folder has none."""
        self._device = device
        # in float32 whatever the file has: half of a network in half precision mixes dtypes (METHOD 8)
        self._model = models.load(CLIPModel, folder, device)
        self._tokenizer = models.load_tokenizer(AutoTokenizer, folder)
        self._eye = models.ImagePreprocessor.of(folder, self._model.config.vision_config.image_size)
        self.how = f"CLIP ({folder.name})"

    @torch.no_grad()
    def images(self, pictures_NHWX: Frames) -> Floats:
        """Unit vectors N x D of pictures."""
        batches = (pictures_NHWX[at : at + BATCH] for at in range(0, len(pictures_NHWX), BATCH))
        return np.concatenate([self._images(batch) for batch in batches])

    def _images(self, pictures_NHWX: Frames) -> Floats:
        pixels_NCHW = self._eye.see(pictures_NHWX).to(self._device)
        return _vectors(self._model.get_image_features(pixel_values=pixels_NCHW))

    @torch.no_grad()
    def texts(self, texts: list[str]) -> Floats:
        """Unit vectors N x D of texts; what is longer than the model reads is cut off."""
        tokens = self._tokenizer(texts, padding=True, truncation=True, return_tensors="pt").to(self._device)
        return _vectors(self._model.get_text_features(tokens["input_ids"], attention_mask=tokens["attention_mask"]))


def _vectors(answer: Any) -> Floats:
    """Unit vectors from what transformers answers: a tensor, or since 5 an object around it."""
    features_ND: Tensor = answer if isinstance(answer, Tensor) else answer.pooler_output
    features_ND = features_ND.double()
    return (features_ND / features_ND.norm(dim=-1, keepdim=True)).cpu().numpy()


def text_alignment(clip_FD: Floats, text_D: Floats) -> float:
    """The mean cosine of a clip's frames and its prompt; papers give a hundred times this."""
    return float((clip_FD @ text_D).mean())


class ClipLooks(Looks):
    """What CLIP measures: how clips look, and how well that is what the prompts say."""

    def __init__(self, clip: Clip) -> None:
        super().__init__(clip)
        self._clip = clip

    def _words(self, clips: Sequence[Floats], evaluation_input: EvaluationInput) -> list[Column]:
        texts_ND = self._clip.texts(list(evaluation_input.prompts))
        values = [text_alignment(clip_FD, text_D) for clip_FD, text_D in zip(clips, texts_ND, strict=True)]
        return [Column("text_alignment", self._clip.how, values)]
