"""X-CLIP from a local folder: text alignment of a whole clip (docs/method.md, section 11).

Suffixes: B clips, F frames, C colour first, H height, W width, X colour.
"""

from pathlib import Path

import numpy as np
import torch
from transformers import AutoTokenizer, XCLIPModel

from services.motion.evaluation.metrics import models
from services.motion.evaluation.metrics.registry import Column, EvaluationInput, Frames


class XClip:
    """Video-text alignment by X-CLIP."""

    name = "xclip"

    def __init__(self, folder: Path, device: torch.device) -> None:
        """Raises NotAMetricModel if the folder has no X-CLIP."""
        self._device = device
        self._model = models.load(XCLIPModel, folder, device)
        self._tokenizer = models.load_tokenizer(AutoTokenizer, folder)
        vision = self._model.config.vision_config
        self._num_frames: int = vision.num_frames
        self._eye = models.ImagePreprocessor.of(folder, vision.image_size)
        self._how = f"X-CLIP ({folder.name})"

    def measure(self, evaluation_input: EvaluationInput) -> list[Column]:
        """See `Metric`."""
        values = [
            self.alignment(clip_FHWX, prompt)
            for clip_FHWX, prompt in zip(evaluation_input.clips_BFHWX, evaluation_input.prompts, strict=True)
        ]
        return [Column("video_text_alignment", self._how, values)]

    @torch.no_grad()
    def alignment(self, clip_FHWX: Frames, prompt: str) -> float:
        """The cosine of the clip, frames spread evenly over it, and the prompt as X-CLIP reads it for the clip."""
        index_F = np.linspace(0, len(clip_FHWX) - 1, self._num_frames).round().astype(int)
        pixels_BFCHW = self._eye.preprocess(clip_FHWX[index_F]).unsqueeze(0).to(self._device)
        tokens = self._tokenizer([prompt], padding=True, truncation=True, return_tensors="pt").to(self._device)
        answer = self._model(
            input_ids=tokens["input_ids"], attention_mask=tokens["attention_mask"], pixel_values=pixels_BFCHW
        )
        return float(answer.logits_per_video[0, 0] / self._model.logit_scale.exp())
