"""Aspect buckets: frame sizes of about one area and many shapes, so that a clip is trained near its own (METHOD 5)."""

import math
from collections.abc import Sequence

from services.motion.shapes import FrameSize
from shared.families import Bounds

STEP = 32
"""Pixels between sizes, rounded up to what the base accepts: finer steps would give nearly every clip its own."""
FULLNESS = 0.8
"""The least share of the recipe's area that a bucket fills."""


def sizes(allowed: Bounds, wanted: FrameSize) -> list[FrameSize]:
    """The buckets of a recipe whose own size is `wanted`: it first, then every shape that fits into its area.

    `allowed` is what the base takes for a side. A base that takes one size has one bucket.
    """
    step = allowed.multiple * math.ceil(STEP / allowed.multiple)
    sides = range(allowed.least, allowed.greatest + 1, step)
    area = wanted.height * wanted.width
    found = [wanted]
    for height in sides:
        widths = [width for width in sides if FULLNESS * area <= height * width <= area]
        found += [FrameSize(height, width) for width in widths[-1:] if (height, width) != wanted]
    return found


def nearest(buckets: Sequence[FrameSize], clip: FrameSize) -> FrameSize:
    """The bucket whose aspect ratio is nearest to the clip's, by their quotient; the earliest of equals."""
    return min(buckets, key=lambda bucket: round(abs(math.log(_aspect(bucket) / _aspect(clip))), 9))


def _aspect(size: FrameSize) -> float:
    return size.width / size.height
