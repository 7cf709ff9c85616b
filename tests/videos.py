"""Small generated videos with the codec, timestamps or container that a test needs."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.frame import VideoFrame
from av.video.stream import VideoStream


def write_video(
    path: Path,
    *,
    num_frames: int = 16,
    width: int = 64,
    height: int = 48,
    fps: int = 8,
    codec: str = "libx264",
    pix_fmt: str = "yuv420p",
    times: Sequence[float] | None = None,
    options: dict[str, str] | None = None,
    frames: Sequence[np.ndarray | VideoFrame] | None = None,
    adjust: Callable[[VideoStream], None] = lambda _stream: None,
) -> Path:
    """A bright square that moves right on grey, or the given RGB `frames`, which then decide number and size.

    `times`, in seconds, makes the frame rate uneven. `adjust` changes the stream before it is written.
    """
    if frames is not None:
        num_frames = len(frames)
        height, width = _size(frames[0])
    with av.open(str(path), "w", options={"movflags": "+faststart"} if path.suffix == ".mp4" else {}) as container:
        stream = container.add_stream(codec, rate=fps, options=options or {})
        stream.width, stream.height, stream.pix_fmt = width, height, pix_fmt
        tick = Fraction(1, fps if times is None else 1000 * fps)
        stream.codec_context.time_base = stream.time_base = tick
        adjust(stream)
        container.start_encoding()
        for number in range(num_frames):
            drawn = frames[number] if frames is not None else picture(number / num_frames, width, height)
            frame = drawn if isinstance(drawn, VideoFrame) else VideoFrame.from_ndarray(drawn, format=_layout(drawn))
            seconds = times[number] if times is not None else number / fps
            frame.pts, frame.time_base = round(seconds / tick), tick
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def picture(progress: float, width: int, height: int) -> np.ndarray:
    """One frame, `(height, width, 3)` of uint8: the square is at `progress` of its path."""
    image_HWC = np.full((height, width, 3), 90, np.uint8)
    side = max(2, min(width, height) // 3)
    left = round(progress * (width - side))
    image_HWC[(height - side) // 2 :][:side, left : left + side] = (230, 60, 40)
    return image_HWC


CORNERS = ((200, 40, 40), (40, 180, 60), (40, 60, 200), (210, 200, 40))
"""Upper left, upper right, lower left, lower right, of a numbered picture."""


def numbered(number: int, width: int = 160, height: int = 96) -> np.ndarray:
    """Four corner colours on grey, and a band of ten cells that spell the number in bits, the lowest at the left."""
    image_HWC = np.full((height, width, 3), 118, np.uint8)
    down, across = height // 4, width // 5
    image_HWC[:down, :across], image_HWC[:down, -across:] = CORNERS[:2]
    image_HWC[-down:, :across], image_HWC[-down:, -across:] = CORNERS[2:]
    for bit in range(10):
        cell = slice(bit * width // 10, (bit + 1) * width // 10)
        image_HWC[height * 3 // 8 : height * 5 // 8, cell] = 235 if number >> bit & 1 else 20
    return image_HWC


def number_of(image_HWC: np.ndarray) -> int:
    """The number of a numbered picture, also after scaling."""
    height, width, _ = image_HWC.shape
    cells = image_HWC[height // 2, [int((bit + 0.5) * width / 10) for bit in range(10)]].mean(-1)
    return sum(int(light > 128) << bit for bit, light in enumerate(cells))


def corners_of(image_HWC: np.ndarray) -> np.ndarray:
    """The corner colours of a picture, in the order of `CORNERS`."""
    down, across = image_HWC.shape[0] // 8, image_HWC.shape[1] // 10
    return image_HWC[[down, down, -down, -down], [across, -across, across, -across]].astype(int)


def display_matrix(path: Path, a: int, b: int, c: int, d: int) -> Path:
    """Writes the upper left of the display matrix into an MP4's track header (ISO 14496-12, 8.3.2)."""
    data = bytearray(path.read_bytes())
    at = data.index(b"tkhd") + 4 + 40
    matrix = (a << 16, b << 16, 0, c << 16, d << 16, 0, 0, 0, 1 << 30)
    data[at : at + 36] = b"".join((value & 0xFFFFFFFF).to_bytes(4, "big") for value in matrix)
    path.write_bytes(bytes(data))
    return path


def _size(frame: np.ndarray | VideoFrame) -> tuple[int, int]:
    return (frame.height, frame.width) if isinstance(frame, VideoFrame) else (frame.shape[0], frame.shape[1])


def _layout(image_HWC: np.ndarray) -> str:
    return "rgba" if image_HWC.shape[2] == 4 else "rgb24"


def repeat_video(source: Path, target: Path, times: int) -> Path:
    """The packets of a video `times` over: a long video without the work of encoding one."""
    with av.open(str(source)) as reading, av.open(str(target), "w") as writing:
        stream = writing.add_stream_from_template(reading.streams.video[0])
        packets = [packet for packet in reading.demux(video=0) if packet.pts is not None]
        length = sum(packet.duration for packet in packets)
        for number in range(times):
            for packet in packets:
                copy = av.Packet(bytes(packet))
                copy.stream, copy.time_base, copy.duration = stream, packet.time_base, packet.duration
                copy.pts, copy.dts = packet.pts + number * length, packet.dts + number * length
                copy.is_keyframe = packet.is_keyframe
                writing.mux(copy)
    return target


def write_sound(path: Path) -> Path:
    """A file with a second of silence and no video."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=44100, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 44100), np.float32), format="fltp", layout="mono")
        frame.sample_rate = 44100
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def turn_upside(path: Path) -> Path:
    """Writes a quarter turn into an MP4, as a phone held upright does."""
    return display_matrix(path, 0, 1, -1, 0)


def read_frames(path: Path) -> list[np.ndarray]:
    """Every frame, `(height, width, 3)` of uint8."""
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
