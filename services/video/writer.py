"""Writing of H.264 mp4 files: BT.709 in limited range, and labelled so. Equal frames give equal files."""
# pyright: reportUnknownMemberType=false
# PyAV's stubs leave Packet's parameter open, so encode() and mux() count as partly unknown.

from collections.abc import Iterable, Mapping
from fractions import Fraction
from pathlib import Path

import av
from av.video.frame import VideoFrame
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc

LAYOUT = "yuv420p"


def write_mp4(
    path: Path, frames: Iterable[VideoFrame], *, width: int, height: int, fps: Fraction, options: Mapping[str, str]
) -> int:
    """Write frames at a constant rate, playable at once (faststart, no B-frames); returns their number.

    The frames are yuv420p in BT.709, limited range, of even `width` and `height` in pixels. `options` are x264's.
    """
    num_frames = 0
    with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart", "fflags": "+bitexact"}) as output:
        stream = output.add_stream("libx264", rate=fps, options={"bf": "0", **options})
        stream.width, stream.height, stream.pix_fmt = width, height, LAYOUT
        context = stream.codec_context
        context.colorspace, context.color_range = Colorspace.ITU709, ColorRange.MPEG
        context.color_primaries, context.color_trc = ColorPrimaries.BT709, ColorTrc.BT709
        context.thread_count = 1  # the same bytes on every machine
        for frame in frames:
            frame.pts, frame.time_base = num_frames, 1 / fps
            frame.pict_type = 0  # the source's key frames are not copied
            output.mux(stream.encode(frame))
            num_frames += 1
        output.mux(stream.encode(None))
    return num_frames
