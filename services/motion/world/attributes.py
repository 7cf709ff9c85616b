"""Exact attributes of a clip of the bundled world, measured from its pixels.

Suffixes: F frames, H height, W width, P pixels, C = 3 colour channels, 2 = (x, y).
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.motion.world import paths, scenes
from services.motion.world.scenes import Appearance, Frames

Floats = NDArray[np.float64]

CONTRAST = 40.0
"""Distance in RGB from the background from which a pixel belongs to the shape."""
MIN_PIXELS = 12
"""A frame with fewer pixels of the shape shows none."""


class Attributes(NamedTuple):
    """What a clip shows. `centre_F2` and `radius_F` are fractions of the frame's side, NaN where no shape is.

    `colour_C` and `background_C` are the RGB values behind the names; the shape's is NaN where none is.
    """

    colour: str
    shape: str
    background: str
    centre_F2: Floats
    radius_F: Floats
    colour_C: Floats
    background_C: Floats

    @property
    def appearance(self) -> Appearance:
        """The clip's appearance without its motion."""
        return Appearance(self.colour, self.shape, self.background)


def measure(frames_FHWC: Frames) -> Attributes:
    """Measure colour, shape, background and trajectory. A clip without a shape has the colour and shape "none"."""
    pixels_FHWC = frames_FHWC.astype(np.float64)
    border_PC = np.concatenate(
        [pixels_FHWC[:, edge].reshape(-1, 3) for edge in (0, -1)]
        + [pixels_FHWC[:, :, edge].reshape(-1, 3) for edge in (0, -1)]
    )
    background_C = np.median(border_PC, axis=0)
    contrast_FHW = np.linalg.norm(pixels_FHWC - background_C, axis=-1)
    centre_F2, area_F = _trace(contrast_FHW)
    background = _nearest(background_C, scenes.BACKGROUNDS)
    if not np.isfinite(area_F).any():
        return Attributes("none", "none", background, centre_F2, area_F, np.full(3, np.nan), background_C)
    colour_C = _core(pixels_FHWC, contrast_FHW)
    colour, shape = _nearest(colour_C, scenes.COLOURS), _shape(contrast_FHW, centre_F2, area_F)
    return Attributes(colour, shape, background, centre_F2, np.sqrt(area_F / np.pi), colour_C, background_C)


def _nearest(colour_C: Floats, palette: Mapping[str, tuple[int, int, int]]) -> str:
    return min(palette, key=lambda name: float(np.linalg.norm(colour_C - np.array(palette[name]))))


def _core(pixels_FHWC: Floats, contrast_FHW: Floats) -> Floats:
    """The median colour of the shape's inside: its half with the most contrast."""
    inside = contrast_FHW > CONTRAST
    return np.median(pixels_FHWC[inside & (contrast_FHW >= np.median(contrast_FHW[inside]))], axis=0)


def _trace(contrast_FHW: Floats) -> tuple[Floats, Floats]:
    """The shape's centroid and area in each frame."""
    height, width = contrast_FHW.shape[1:]
    inside_FHW = (contrast_FHW > CONTRAST).astype(np.float64)
    count_F = inside_FHW.sum(axis=(1, 2))
    weight_F = np.where(count_F >= MIN_PIXELS, count_F, np.nan)
    x_F = (inside_FHW * (np.arange(width) + 0.5)).sum(axis=(1, 2)) / weight_F / width
    y_F = (inside_FHW * (np.arange(height) + 0.5)[:, None]).sum(axis=(1, 2)) / weight_F / height
    return np.stack([x_F, y_F], axis=1), weight_F / (height * width)


_UNIT_AREA = {
    name: float(scenes.coverage(name, paths.Path(np.array([[0.5, 0.5]]), np.array([0.25])), 256).mean() / 0.25**2)
    for name in scenes.SHAPES
}
"""A shape's area at radius 1."""


def _shape(contrast_FHW: Floats, centre_F2: Floats, area_F: Floats) -> str:
    """The shape whose drawing at the measured place and area overlaps best, over all frames."""
    seen = np.isfinite(area_F)
    alpha_FHW = np.clip(contrast_FHW[seen] / np.percentile(contrast_FHW[contrast_FHW > CONTRAST], 75), 0.0, 1.0)
    area_F = alpha_FHW.mean(axis=(1, 2))
    return max(scenes.SHAPES, key=lambda name: _overlap(name, alpha_FHW, centre_F2[seen], area_F))


def _overlap(shape: str, alpha_FHW: Floats, centre_F2: Floats, area_F: Floats) -> float:
    """Mean intersection over union, at the best of a few sizes."""
    scores: list[float] = []
    for scale in (0.92, 1.0, 1.08):
        radius_F = scale * np.sqrt(area_F / _UNIT_AREA[shape])
        drawn_FHW = scenes.coverage(shape, paths.Path(centre_F2, radius_F), alpha_FHW.shape[1])
        union_F = np.maximum(alpha_FHW, drawn_FHW).sum(axis=(1, 2))
        scores.append(float((np.minimum(alpha_FHW, drawn_FHW).sum(axis=(1, 2)) / union_F).mean()))
    return max(scores)


def text_alignment(shown: Appearance, asked: Appearance) -> float:
    """The share of colour, shape and background that came out as the prompt asked."""
    return sum(left == right for left, right in zip(shown, asked, strict=True)) / len(asked)


def leakage(shown: Appearance, asked: Appearance, reference: Appearance) -> float:
    """The share of attributes that show the reference's value where the prompt asked for another.

    Raises:
        ValueError: the prompt asks for the reference's own appearance, which can't leak.
    """
    pairs = [(seen, kept) for seen, want, kept in zip(shown, asked, reference, strict=True) if want != kept]
    if not pairs:
        raise ValueError("leakage needs a prompt that differs from the reference")
    return sum(seen == kept for seen, kept in pairs) / len(pairs)


def pull(shown: Attributes, asked: Appearance, reference: Appearance) -> float:
    """How far the colours went from what was asked for to the reference's: 0 not at all, 1 all the way.

    The mean over shape and background of the projection onto the line between the two in RGB; a shape that isn't
    there says nothing. It sees the drift that `leakage`, which counts names, does not see yet.

    Raises:
        ValueError: the prompt asks for the reference's own colours.
    """
    pairs = [
        (shown.colour_C, scenes.COLOURS[asked.colour], scenes.COLOURS[reference.colour]),
        (shown.background_C, scenes.BACKGROUNDS[asked.background], scenes.BACKGROUNDS[reference.background]),
    ]
    pulls = [_along(seen_C, np.array(want), np.array(kept)) for seen_C, want, kept in pairs if want != kept]
    if not pulls:
        raise ValueError("pull needs a prompt whose colours differ from the reference's")
    return float(np.nanmean(pulls))


def _along(seen_C: Floats, want_C: Floats, kept_C: Floats) -> float:
    line_C = kept_C - want_C
    return float((seen_C - want_C) @ line_C / (line_C @ line_C))
