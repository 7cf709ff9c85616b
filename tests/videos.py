"""Small generated videos with the codec, timestamps or container that a test needs."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.frame import VideoFrame


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
) -> Path:
    """A bright square that moves right on grey. `times`, in seconds, makes the frame rate uneven."""
    with av.open(str(path), "w", options={"movflags": "+faststart"} if path.suffix == ".mp4" else {}) as container:
        stream = container.add_stream(codec, rate=fps, options=options or {})
        stream.width, stream.height, stream.pix_fmt = width, height, pix_fmt
        tick = Fraction(1, fps if times is None else 1000 * fps)
        stream.codec_context.time_base = stream.time_base = tick
        container.start_encoding()
        for number in range(num_frames):
            frame = VideoFrame.from_ndarray(picture(number / num_frames, width, height), format="rgb24")
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
    """Writes a quarter turn into an MP4's track header, as a phone held upright does (ISO 14496-12, 8.3.2)."""
    data = bytearray(path.read_bytes())
    at = data.index(b"tkhd") + 4 + 40
    one = 1 << 16
    matrix = (0, one, 0, -one & 0xFFFFFFFF, 0, 0, 0, 0, 1 << 30)
    data[at : at + 36] = b"".join(value.to_bytes(4, "big") for value in matrix)
    path.write_bytes(bytes(data))
    return path


def read_frames(path: Path) -> list[np.ndarray]:
    """Every frame, `(height, width, 3)` of uint8."""
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
