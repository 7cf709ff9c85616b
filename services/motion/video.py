"""Reading and writing video files with PyAV. Suffixes as in shapes.py."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import av
import numpy as np

from services.motion.errors import NotAVideo, Unsuitable
from services.motion.shapes import Frames, FrameSize

MAX_FRAMES = 1024
"""The largest number of frames that is read from one clip."""
_TOLERANCE = 5e-4
"""Rounding of a file's time stamps, in seconds."""
_X264 = {"crf": "12", "preset": "medium", "bf": "0"}


def read(path: Path, *, fps: float, height: int, width: int, min_frames: int = 1) -> Frames:
    """Decode a whole clip at a constant `fps`, resized to cover height x width and cropped at the centre.

    Each output frame is the input frame that is displayed at its time, also with a variable frame rate. A clip with
    fewer than `min_frames` frames is read at a higher rate.
    Returns RGB bytes T x H x W x 3. Raises NotAVideo.
    """
    frames_THWX = _read_at(path, fps, height, width)
    if len(frames_THWX) >= min_frames:
        return frames_THWX
    finer_THWX = _read_at(path, fps * min_frames / len(frames_THWX), height, width)
    index_T = np.linspace(0, len(finer_THWX), min_frames, endpoint=False).astype(int)
    return finer_THWX[index_T]


def frame_size(path: Path) -> FrameSize:
    """The size of a clip's first frame, with the rotation applied. Raises NotAVideo."""
    first = next(_decode(path), None)
    if first is None:
        raise NotAVideo(f"{path.name}: no frame could be decoded")
    return FrameSize(*_rgb(first.frame).shape[:2])


def _read_at(path: Path, fps: float, height: int, width: int) -> Frames:
    frames: list[Frames] = []
    for frame, end in _displayed(path):
        if len(frames) / fps < end - _TOLERANCE:
            image = resize(_rgb(frame), height=height, width=width)
            while len(frames) / fps < end - _TOLERANCE and len(frames) < MAX_FRAMES:
                frames.append(image)
        if len(frames) == MAX_FRAMES:
            break
    if not frames:
        raise NotAVideo(f"{path.name}: no frame could be decoded")
    return np.stack(frames)


def _displayed(path: Path) -> Iterator[tuple[av.VideoFrame, float]]:
    """Every frame with the end of its display, in seconds from the first frame."""
    previous: _Decoded | None = None
    start = 0.0
    for decoded in _decode(path):
        if previous is None:
            start = decoded.time
        else:
            yield previous.frame, decoded.time - start
        previous = decoded
    if previous is not None:
        yield previous.frame, previous.time + previous.seconds - start


class _Decoded(NamedTuple):
    frame: av.VideoFrame
    time: float
    seconds: float


def _decode(path: Path) -> Iterator[_Decoded]:
    """Every frame with its time and the average duration of a frame, in seconds."""
    try:
        with av.open(path) as container:
            if not container.streams.video:
                raise NotAVideo(f"{path.name}: no video stream")
            stream = container.streams.video[0]
            stream.thread_type = "AUTO"
            duration = float(1 / (stream.average_rate or stream.guessed_rate or Fraction(25)))
            for index, frame in enumerate(container.decode(stream)):
                yield _Decoded(frame, index * duration if frame.pts is None else float(frame.time), duration)
    except av.error.FFmpegError as error:
        raise NotAVideo(f"{path.name}: {error.strerror}") from error


def _rgb(frame: av.VideoFrame) -> Frames:
    image_HWX = frame.to_ndarray(format="rgb24")
    return np.rot90(image_HWX, round(frame.rotation / 90)) if frame.rotation else image_HWX


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
    """Write an H.264 mp4 for immediate playback (faststart, yuv420p, no B-frames). Raises Unsuitable for odd sides."""
    _, height, width, _ = frames_THWX.shape
    if height % 2 or width % 2:
        raise Unsuitable(f"H.264 in yuv420p needs even sides, not {height}x{width}")
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(path, "w", format="mp4", options={"movflags": "+faststart"}) as container:
        stream = container.add_stream("libx264", rate=Fraction(fps).limit_denominator(1001), options=_X264)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.codec_context.thread_count = 1  # the same bytes on every machine
        for image in frames_THWX:
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path
