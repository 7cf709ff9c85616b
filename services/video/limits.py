"""Limits of reading a clip, and the reasons why one cannot be used."""

from enum import StrEnum
from math import ceil

from pydantic import BaseModel, ConfigDict


class Limits(BaseModel):
    """Limits of a clip and of its examination. Sizes in pixels, times in seconds, memory in bytes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    max_seconds: float = 60.0
    min_frames: int = 2
    max_frames: int = 60_000
    min_side: int = 16
    max_side: int = 4096
    max_pixels: int = 36_000_000_000
    """Of all frames together, before they are made smaller: 60 s of 4096x2304 at 60 fps are 34e9."""
    max_canonical_side: int = 1280
    max_fps: int = 60
    thumbnail_side: int = 320

    cpu_seconds: int = 120
    """Of a clip of at most `cpu_pixels` in all; a larger one may take longer in proportion."""
    cpu_pixels: int = 8_000_000_000
    wall_seconds: float = 600.0
    memory_bytes: int = 2 * 2**30
    file_bytes: int = 512 * 2**20

    def max_fps_for(self, num_pixels: int) -> int:
        """The highest rate of a canonical clip whose source has so many pixels in all: half for an expensive one."""
        return self.max_fps if num_pixels <= 2 * self.cpu_pixels else self.max_fps // 2

    def cpu_seconds_for(self, num_pixels: int) -> int:
        """Processor time that may be spent on a clip with so many pixels in all."""
        return ceil(self.cpu_seconds * max(1.0, num_pixels / self.cpu_pixels))


class Reason(StrEnum):
    """Rejection codes; they are part of the API."""

    TOO_LARGE = "too_large"
    SIZE_MISMATCH = "size_mismatch"
    SHA256_MISMATCH = "sha256_mismatch"
    NOT_A_VIDEO = "not_a_video"
    NO_PICTURE = "no_picture"
    NO_FRAMES = "no_frames"
    TRUNCATED = "truncated"
    DAMAGED = "damaged"
    CODEC_UNSUPPORTED = "codec_unsupported"
    COLOUR_UNSUPPORTED = "colour_unsupported"
    TOO_LONG = "too_long"
    TOO_SHORT = "too_short"
    PICTURE_TOO_LARGE = "picture_too_large"
    PICTURE_TOO_SMALL = "picture_too_small"
    TOO_COSTLY = "too_costly"


class Unusable(Exception):
    """The file cannot be used, for a reason."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message


class Budget:
    """Counts the pixels that are decoded. Raises `Unusable` beyond the limits."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._pixels = 0
        self._frames = 0

    def spend(self, width: int, height: int, num_frames: int = 1) -> None:
        """Count frames of this size."""
        self._frames += num_frames
        self._pixels += width * height * num_frames
        if self._frames > self._limits.max_frames:
            raise Unusable(Reason.TOO_COSTLY, f"The video has more than {self._limits.max_frames} frames.")
        if self._pixels > self._limits.max_pixels:
            raise Unusable(
                Reason.TOO_COSTLY,
                f"The video's {self._frames} frames of {width}x{height} have more pixels in all than the "
                f"{self._limits.max_pixels / 1e9:g} billion that may be decoded.",
            )


def check_size(width: int, height: int, limits: Limits) -> None:
    """Check the picture size. Raises `Unusable`."""
    if not width or not height:
        raise Unusable(Reason.NO_FRAMES, "The video has no frames.")
    if max(width, height) > limits.max_side:
        raise Unusable(
            Reason.PICTURE_TOO_LARGE, f"The picture is {width}x{height}; no side may exceed {limits.max_side} pixels."
        )
    if min(width, height) * min(1.0, limits.max_canonical_side / max(width, height)) < limits.min_side:
        raise Unusable(Reason.PICTURE_TOO_SMALL, f"The picture is {width}x{height}, which is too small or too narrow.")


def too_long(limits: Limits) -> Unusable:
    """The rejection of a clip over the maximum duration."""
    return Unusable(Reason.TOO_LONG, f"The video is longer than {limits.max_seconds:g} seconds.")
