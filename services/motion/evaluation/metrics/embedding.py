"""Image embeddings, and the appearance metrics computed from them.

Suffixes: N images, F frames, H height, W width, X colour, D dimensions. Vectors have length one.
"""

from collections.abc import Sequence
from itertools import combinations
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from services.motion.evaluation.metrics.registry import NO_REFERENCE, Column, EvaluationInput, Frames
from services.motion.video import resize

Floats = NDArray[np.float64]


class Embedder(Protocol):
    """Embeds images."""

    name: str
    how: str

    def images(self, images_NHWX: Frames) -> Floats:
        """Unit vectors N x D."""
        ...


class ColourHistogram:
    """A colour histogram: the share of each of 4 x 4 x 4 colours, softly binned, without positions.

    The cosine of two such vectors is the Bhattacharyya coefficient of the shares: 1 for the same colours in the same
    amounts, 0 for none in common. It ignores shapes and texts, so it replaces CLIP only where images are compared
    with images.
    """

    name = "colours"
    how = "colour histograms (no CLIP is configured)"
    LEVELS = 4
    SIDE = 64

    def images(self, images_NHWX: Frames) -> Floats:
        """Unit vectors N x 64."""
        return np.stack([self._image(image_HWX) for image_HWX in images_NHWX])

    def _image(self, image_HWX: Frames) -> Floats:
        small_HWX = resize(image_HWX, height=self.SIDE, width=self.SIDE)
        place_PX = small_HWX.reshape(-1, 3) / 255.0 * (self.LEVELS - 1)
        near_PXL = np.clip(1.0 - np.abs(place_PX[..., None] - np.arange(self.LEVELS)), 0.0, 1.0)
        shares = np.einsum("pa,pb,pc->abc", *np.moveaxis(near_PXL, 1, 0), optimize=True).ravel() / len(near_PXL)
        return np.sqrt(shares)


def leakage(clip_FD: Floats, base_FD: Floats, references_ND: Floats) -> float:
    """Similarity of a clip to the references, minus that of the base model's clip for the same prompt and seed.

    Mean cosine of the clip's frames to the references' frames, minus the base model's; in [-2, 2], 0 is no leakage.
    """
    return float((clip_FD @ references_ND.T).mean() - (base_FD @ references_ND.T).mean())


class EmbeddingMetrics:
    """Temporal consistency, leakage and diversity from an embedding."""

    def __init__(self, embedder: Embedder) -> None:
        self.name, self._embedder = embedder.name, embedder

    def measure(self, evaluation_input: EvaluationInput) -> list[Column]:
        """See `Metric`."""
        how = self._embedder.how
        clips = [self._embedder.images(clip_FHWX) for clip_FHWX in evaluation_input.clips_BFHWX]
        consistencies = [temporal_consistency(clip_FD) for clip_FD in clips]
        differ = appearance_diversity(clips, evaluation_input.prompts)
        columns = [
            *self._text_columns(clips, evaluation_input),
            Column("temporal_consistency", how, consistencies, "a clip of one frame has no other to agree with"),
            Column("diversity", how, [differ], "diversity is between prompts, and there is one", together=True),
        ]
        return columns if evaluation_input.base_BFHWX is None else [*columns, self._leakage(clips, evaluation_input)]

    def _text_columns(self, clips: Sequence[Floats], evaluation_input: EvaluationInput) -> list[Column]:
        """Columns of an embedding that also embeds texts."""
        del clips, evaluation_input
        return []

    def _leakage(self, clips: Sequence[Floats], evaluation_input: EvaluationInput) -> Column:
        how = f"similarity to the reference frames minus the plain base's, by {self._embedder.how}"
        if not evaluation_input.references_FHWX or evaluation_input.base_BFHWX is None:
            return Column("leakage", how, [], NO_REFERENCE)
        references_ND = self._embedder.images(np.concatenate(evaluation_input.references_FHWX))
        values = [
            None
            if prompt in evaluation_input.captions
            else leakage(clip_FD, self._embedder.images(base_FHWX), references_ND)
            for prompt, clip_FD, base_FHWX in zip(
                evaluation_input.prompts, clips, evaluation_input.base_BFHWX, strict=True
            )
        ]
        return Column("leakage", how, values, "the prompts ask for what the reference clips show")


def temporal_consistency(clip_FD: NDArray[np.float64]) -> float | None:
    """The mean cosine of all pairs of different frames, in [-1, 1]; None for a single frame."""
    num_frames = len(clip_FD)
    if num_frames < 2:
        return None
    cosines_FF = clip_FD @ clip_FD.T
    return float((cosines_FF.sum() - np.trace(cosines_FF)) / (num_frames * (num_frames - 1)))


def appearance_diversity(clips_FD: Sequence[Floats], prompts: Sequence[str]) -> float | None:
    """One minus the mean cosine between clips of different prompts; a clip is the mean of its frame vectors.

    In [0, 2]; 0 when all clips look alike, as with an adapter that learned an appearance. None for a single prompt.
    """
    looks = [_unit(clip_FD.mean(axis=0)) for clip_FD in clips_FD]
    pairs = [
        float(looks[left] @ looks[right])
        for left, right in combinations(range(len(looks)), 2)
        if prompts[left] != prompts[right]
    ]
    return 1.0 - float(np.mean(pairs)) if pairs else None


def _unit(vector_D: Floats) -> Floats:
    return vector_D / max(float(np.linalg.norm(vector_D)), 1e-12)
