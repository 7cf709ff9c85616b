"""Aspect buckets: frame sizes of similar area and different aspect ratios (docs/method.md, section 5).

With aspect buckets a clip is trained at a size near its own aspect ratio.
"""

import math
from collections.abc import Sequence

from services.motion.shapes import FrameSize
from shared.families import Bounds

SIDE_STEP = 32
"""Pixels between sides, rounded up to a multiple that the base model supports. Smaller steps would give nearly every
clip its own bucket."""
MIN_AREA_SHARE = 0.8
"""The smallest area of a bucket, as a share of the recipe's area."""


def make_buckets(bounds: Bounds, size: FrameSize) -> list[FrameSize]:
    """The buckets of a recipe with the given frame size: this size first, then one size per height within its area.

    `bounds` are the sides that the base model supports. A base model with one size has one bucket.
    """
    step = bounds.multiple * math.ceil(SIDE_STEP / bounds.multiple)
    sides = range(bounds.least, bounds.greatest + 1, step)
    area = size.height * size.width
    buckets = [size]
    for height in sides:
        widths = [width for width in sides if MIN_AREA_SHARE * area <= height * width <= area]
        buckets += [FrameSize(height, width) for width in widths[-1:] if (height, width) != size]
    return buckets


def nearest_bucket(buckets: Sequence[FrameSize], clip: FrameSize) -> FrameSize:
    """The bucket with the smallest ratio between its aspect ratio and the clip's; the first of equal ones."""
    return min(buckets, key=lambda bucket: round(abs(math.log(_aspect(bucket) / _aspect(clip))), 9))


def _aspect(size: FrameSize) -> float:
    return size.width / size.height
