"""The legend of tensor suffixes in the island, and the sizes that travel together.

B batch, K reference clips, T frames of a whole clip, F frames of a window, N = B times F, C channels, H height,
W width (pixels, or cells of the latent grid for latents), S tokens, D width of the text embedding.
"""

from typing import NamedTuple


class VideoSize(NamedTuple):
    """A video's size in frames and pixels."""

    num_frames: int
    height: int
    width: int


class FrameSize(NamedTuple):
    """A frame's size in pixels."""

    height: int
    width: int


class LatentSize(NamedTuple):
    """A latent video's size: C x F x H x W."""

    channels: int
    num_frames: int
    height: int
    width: int
