"""The legend of the tensor suffixes in this package, decoded frames, and sizes.

B batch, K reference clips, T frames of a whole clip, F frames of a window, N = B times F, C channels, H height,
W width (pixels, or latent cells for latents), X colour of a pixel, S tokens, D width of the text embedding.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Frames = NDArray[np.uint8]
"""RGB bytes with the colour as last dimension."""


class VideoSize(NamedTuple):
    """A video's number of frames, and its height and width in pixels."""

    num_frames: int
    height: int
    width: int


class FrameSize(NamedTuple):
    """A frame's height and width in pixels."""

    height: int
    width: int


class LatentSize(NamedTuple):
    """The shape C x F x H x W of a video's latents."""

    channels: int
    num_frames: int
    height: int
    width: int
