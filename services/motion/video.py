"""Reading clips into arrays and writing arrays as videos. Suffixes as in shapes.py."""

from collections.abc import Generator
from contextlib import contextmanager
from fractions import Fraction
from math import ceil, inf
from pathlib import Path

import av
import numpy as np

from services.motion.errors import NotAVideo, Unsuitable
from services.motion.shapes import Frames, FrameSize
from services.video.limits import Limits, Unusable
from services.video.picture import Picture
from services.video.reader import Clip
from services.video.writer import LAYOUT, write_mp4

MAX_FRAMES = 1024
"""The largest number of frames that is read from one clip."""
_TOLERANCE = 5e-4
"""Rounding of a file's time stamps, in seconds."""
_LIMITS = Limits(
    max_seconds=inf, min_frames=1, max_frames=10**6, min_side=1, max_side=16_384, max_canonical_side=16_384,
    max_pixels=10**15,
)  # fmt: skip
"""The user's own files are not judged by their cost."""
_X264 = {"crf": "12", "preset": "medium"}


def read(path: Path, *, fps: float, height: int, width: int, min_frames: int = 1) -> Frames:
    """Decode a whole clip at a constant `fps`, resized to cover height x width and cropped at the centre.

    Each output frame is the input frame that is displayed at its time, also with a variable frame rate. A clip with
    fewer than `min_frames` frames is read at a higher rate.
    Returns RGB bytes T x H x W x 3. Raises NotAVideo.
    """
    with _as_motion_errors(path):
        frames_THWX = _read_at(path, fps, height, width)
        if len(frames_THWX) >= min_frames:
            return frames_THWX
        finer_THWX = _read_at(path, fps * min_frames / len(frames_THWX), height, width)
    index_T = np.linspace(0, len(finer_THWX), min_frames, endpoint=False).astype(int)
    return finer_THWX[index_T]


def frame_size(path: Path) -> FrameSize:
    """The size of a clip's first frame, upright and in square pixels. Raises NotAVideo."""
    with _as_motion_errors(path):
        clip = Clip(path, _LIMITS)
        first = next(clip.displayed(lambda _start, _end: True))
        width, height = clip.upright_size(first.frame)
        return FrameSize(round(height), round(width))


def _read_at(path: Path, fps: float, height: int, width: int) -> Frames:
    frames: list[Frames] = []

    def num_started(end: Fraction) -> int:
        """How many frames are displayed before a time in seconds."""
        return min(MAX_FRAMES, max(0, ceil((float(end) - _TOLERANCE) * fps)))

    clip, picture = Clip(path, _LIMITS), None
    for frame, start, end in clip.displayed(lambda start, end: num_started(start) < num_started(end)):
        if picture is None:
            picture = Picture(*(max(1, round(side)) for side in clip.upright_size(frame)), "rgb24")
        image = resize(picture.of(frame).to_ndarray(), height=height, width=width)
        frames += [image] * (num_started(end) - num_started(start))
        if len(frames) == MAX_FRAMES:
            break
    return np.stack(frames)


@contextmanager
def _as_motion_errors(path: Path) -> Generator[None]:
    try:
        yield
    except Unusable as error:
        raise NotAVideo(f"{path.name}: {error.message}") from error
    except (av.error.FFmpegError, OSError) as error:
        raise NotAVideo(f"{path.name}: {error.strerror}") from error


def resize(image_HWX: Frames, *, height: int, width: int) -> Frames:
    """Scale an image H x W x 3 to cover the given size and crop the centre; an image of this size is unchanged."""
    if image_HWX.shape[:2] == (height, width):
        return np.ascontiguousarray(image_HWX)
    import torch  # noqa: PLC0415 - takes a second, which programs that only read and compare videos need not wait for
    import torch.nn.functional as F  # noqa: PLC0415

    scale = max(height / image_HWX.shape[0], width / image_HWX.shape[1])
    scaled = [max(height, round(image_HWX.shape[0] * scale)), max(width, round(image_HWX.shape[1] * scale))]
    pixels = torch.from_numpy(np.ascontiguousarray(image_HWX)).permute(2, 0, 1).unsqueeze(0).float()
    pixels = F.interpolate(pixels, scaled, mode="bicubic", antialias=True, align_corners=False)
    top, left = (scaled[0] - height) // 2, (scaled[1] - width) // 2
    pixels = pixels[0, :, top : top + height, left : left + width]
    return pixels.round().clamp(0, 255).to(torch.uint8).permute(1, 2, 0).contiguous().numpy()


def write(path: Path, frames_THWX: Frames, *, fps: float) -> Path:
    """Write an H.264 mp4 in BT.709, limited range (yuv420p). Raises Unsuitable for odd sides."""
    _, height, width, _ = frames_THWX.shape
    if height % 2 or width % 2:
        raise Unsuitable(f"H.264 in yuv420p needs even sides, not {height}x{width}")
    path.parent.mkdir(parents=True, exist_ok=True)
    picture = Picture(width, height, LAYOUT)
    rgb = (av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="rgb24") for image in frames_THWX)
    rate = Fraction(fps).limit_denominator(1001)
    write_mp4(path, map(picture.of, rgb), width=width, height=height, fps=rate, options=_X264)
    return path
